"""What flows through a program: planes, patches and containers, and their encoding from and to Python."""
