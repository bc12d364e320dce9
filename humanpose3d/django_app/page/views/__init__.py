"""Answers to requests: one function each, which checks, calls, and renders a template.

A view finds trials only among those that its visitor may see. It never builds a path from a request.
"""
