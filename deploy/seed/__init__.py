"""The demo data of a new platform (invented titles, accounts, packages and media), and the code that writes it."""
