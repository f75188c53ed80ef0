"""Questions that call the model many times: one file, one question."""
