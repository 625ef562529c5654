"""Recommends titles: owns vectors, decisions and models; reads catalog, viewing and identity, and calls embedding."""
