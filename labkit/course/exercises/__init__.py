"""The exercises of the lessons: one module for each lesson, named by its slug, with a tuple `EXERCISES`."""
