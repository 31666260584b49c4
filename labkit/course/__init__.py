"""How is it taught? The checks of the exercises."""

from labkit.course.checks import Case as Case
from labkit.course.checks import check as check
from labkit.course.checks import check_value as check_value
