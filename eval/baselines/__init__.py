"""What planners are measured against."""
