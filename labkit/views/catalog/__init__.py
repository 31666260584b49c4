"""The known models: size, licence, memory, and whether each fits here."""
