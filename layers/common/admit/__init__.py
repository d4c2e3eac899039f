"""Admit: order the access, turn it into tickets, get those tickets to the right people."""
