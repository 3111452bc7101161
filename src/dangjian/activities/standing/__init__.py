"""党籍和处分: what ends membership or changes its standing, each as a case; and the penalties with their effects."""
