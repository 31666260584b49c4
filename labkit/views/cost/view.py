"""`CostView`: what one question, a million tokens and a month of questions cost."""

from __future__ import annotations

from labkit._arguments import checks_arguments
from labkit.views.core.view import STATIC, View
from labkit.views.cost import contract as wire
from labkit.views.cost import data
from labkit.views.cost.html import render_html
from labkit.views.cost.png import render_png


class CostView(View):
    """The cost of reasoning through an API, on a rented card and on an owned card.

    Each value has a slider and a field. The default of each value is a row of `data/facts/`; the view shows its source
    and how it is known, and marks what is assumed. The view shows the price of one question at several APIs, the cost
    of a million tokens of a card in its parts, the bill of a month, and the effect of a shorter life of the card.

    Args:
        tokens: tokens of thought for one question, 100 to 100,000.
        price: USD for a million output tokens of the API, 0.1 to 100.
        questions: questions in a month, 100 to 10,000,000.
        card: USD for a card, 1,000 to 100,000.
        rent: USD for an hour of a rented card, 0.2 to 20.
        life: years until the card is worth nothing, 1 to 8.
        utilisation: share of the hours in which an owned card works, in %, 1 to 100.
        speed: tokens a second that a working card writes, over all questions at once, 10 to 20,000.
        power: W of the card, 50 to 2,000.
        electricity: USD for a kWh, 0.01 to 1.
        interest: % a year on the money that the card ties up, 0 to 20.

    Raises:
        LabkitError: a value is outside its range.
    """

    bundle = STATIC / "cost_view.js"
    focus_type = wire.Focus
    next_focus = "labkit.CostView(life=3, utilisation=50)"

    @checks_arguments
    def __init__(
        self,
        *,
        tokens: float | None = None,
        price: float | None = None,
        questions: float | None = None,
        card: float | None = None,
        rent: float | None = None,
        life: float | None = None,
        utilisation: float | None = None,
        speed: float | None = None,
        power: float | None = None,
        electricity: float | None = None,
        interest: float | None = None,
    ) -> None:
        values = {
            "tokens": tokens, "price": price, "questions": questions, "card": card, "rent": rent, "life": life,
            "utilisation": utilisation, "speed": speed, "power": power, "electricity": electricity,
            "interest": interest,
        }  # fmt: skip
        self._data = data.scene_of()
        given = {name: value for name, value in values.items() if value is not None}
        super().__init__(self._data, data.defaults(self._data) | given)

    @property
    def costs(self) -> data.Costs:
        """The costs at the present values, in USD."""
        return data.costs(self._focus)

    def check_focus(self, focus: wire.Focus) -> None:
        """Raises an error for a value outside the range of its slider."""
        for slider in self._data.sliders:
            value = getattr(focus, slider.name)
            if not slider.low <= value <= slider.high:
                bounds = f"{slider.low:,g} to {slider.high:,g} {slider.unit}"
                raise self.cannot_look_at(slider.name, value, f"its range is {bounds}")

    def as_text(self) -> str:
        """The values that differ from their defaults."""
        start, focus = data.defaults(self._data), self.focus
        changed = [f"{name}={focus[name]:g}" for name in start if focus[name] != start[name]]
        return f"CostView({', '.join(changed)})"

    def as_html(self) -> str:
        """The values with their sources, and the costs, as selectable text."""
        return render_html(self._data, self._focus)

    def as_png(self) -> bytes:
        """The values and the costs as a picture."""
        return render_png(self._data, self._focus)
