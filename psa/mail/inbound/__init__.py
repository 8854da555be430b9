"""Mail that comes in: three doors store a row, a worker reads the stored bytes, and the desk says what it becomes."""
