"""What a fresh platform is filled with: invented titles, demo accounts and packages, and the hand that puts them in."""
