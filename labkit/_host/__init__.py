"""Where are we? What the machine, the disk and the operating system ask of us. No torch here."""
