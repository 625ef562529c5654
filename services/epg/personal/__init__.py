"""What profiles keep of the guide: favorite channels, reminders, and the channels that they watched."""
