"""发展党员: whoever asks to join, from the application to the archive, by the steps that the regulation lays down."""
