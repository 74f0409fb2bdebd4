"""How far people are with what they were assigned: computed when it is asked, stored nowhere."""
