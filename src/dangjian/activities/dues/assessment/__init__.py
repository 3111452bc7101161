"""What each member has to pay, and what changes it: assessments, arrangements, reliefs."""
