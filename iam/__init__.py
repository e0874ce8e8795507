"""What AWS means: policies, the layers that take part, and what they together decide."""
