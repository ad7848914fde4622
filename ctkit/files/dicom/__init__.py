"""DICOM: headers, the grid that slices make, pixels, writing, and what is kept private."""
