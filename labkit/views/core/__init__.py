"""What the views share: the widget base class, messages, packing, streaming, and the drawing of saved outputs."""
