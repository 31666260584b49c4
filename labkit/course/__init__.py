"""The course: exercises with checks, predictions, and copies of the lessons."""

from labkit.course.answers import check as check
from labkit.course.answers import check_value as check_value
from labkit.course.answers import hint as hint
from labkit.course.answers import require_right as require_right
from labkit.course.answers import solution as solution
from labkit.course.checks import Case as Case
from labkit.course.predictions import predict as predict
from labkit.course.predictions import resolve as resolve
from labkit.course.registry import Exercise as Exercise
from labkit.course.registry import register as register
