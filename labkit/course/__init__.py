"""The course: checks for the exercises, and copies of the lessons."""

from labkit.course.checks import Case as Case
from labkit.course.checks import check as check
from labkit.course.checks import check_value as check_value
