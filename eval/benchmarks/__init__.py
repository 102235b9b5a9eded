"""Figures about MetricSpeak itself, measured on the machine that runs them."""
