"""What mail templates may use."""
