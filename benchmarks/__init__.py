"""What the dashboard costs, side by side with what could stand in its place."""
