"""Turn files into readings: images, text, MRZ, barcodes."""
