"""How the network that reads OCR-B was made: drawn lines, the network, and its training."""
