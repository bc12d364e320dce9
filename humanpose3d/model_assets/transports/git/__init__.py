"""Git as a source of models: the program, its processes and words, and the transport made of them."""
