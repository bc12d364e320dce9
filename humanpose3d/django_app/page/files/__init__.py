"""Files of the page: uploads, videos, results, and what is read from them.

Names from outside are labels; they never become paths.
"""
