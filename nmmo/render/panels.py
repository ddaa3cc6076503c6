"""The panels at the window's right side."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from nmmo.core.actions import PRICES
from nmmo.core.enums import Action, Biome, Element, ObjectKind, Skill
from nmmo.render.keys import KEYS, MOUSE
from nmmo.render.library import Colour, new_surface, pygame
from nmmo.render.palette import (
    ACCENT,
    BAD,
    FAINT,
    GOLD,
    GOOD,
    GROUND,
    INK,
    PAPER,
    TEAMS,
    TEMPERS,
    VOID,
    WARNING,
    team_colours,
)  # fmt: skip

if TYPE_CHECKING:
    from nmmo.render.viewer import Viewer

__all__ = ["charts", "help_page", "inspect", "inventory", "leaders", "market"]

_TEMPERS: Final = {2: "passive", 3: "neutral", 4: "hostile"}
_STATES: Final = ("absent", "dead", "idle", "after a target", "walking home")


def words(name: str) -> str:
    """A name of the engine's as people write it."""
    return name.lower().replace("_", " ")


def item_name(kind: int, tier: int, quantity: int = 1) -> str:
    """An item as people write it."""
    return f"{words(ObjectKind(kind).name)} {tier}" + (f" ×{quantity}" if quantity > 1 else "")


# ---- whoever is selected


def inspect(viewer: Viewer, box: pygame.Rect) -> None:
    """Everything about the selected player or monster."""
    scene, entity = viewer.source.scene, viewer.shown.selected
    if entity is None:
        inner = viewer.ui.panel(box, "Nobody selected")
        y = inner.y + 4
        for line in (
            "Click a player or a monster,",
            "press N for the next player,",
            "or / to search one by slot.",
        ):
            y = viewer.ui.line(line, inner.x, y, FAINT)
        return
    if entity < len(scene.players):
        _player(viewer, box, entity)
    else:
        _monster(viewer, box, entity - len(scene.players))


def _monster(viewer: Viewer, box: pygame.Rect, number: int) -> None:
    ui, monster = viewer.ui, viewer.source.scene.monsters[number]
    temper = int(monster["temper"])
    inner = ui.panel(box, f"Monster {number}")
    x, y = inner.x, inner.y
    if not monster["alive"]:
        ui.line(f"{_STATES[int(monster['state'])]}; back in {monster['timer']} ticks", x, y, FAINT)
        return
    sprite = viewer.renderer.sprites.monster(
        temper, int(monster["style"]), int(monster["element"]), int(monster["tier"]), 64
    )
    viewer.target.blit(sprite, (inner.right - 96, y - 34), special_flags=pygame.BLEND_PREMULTIPLIED)
    y = ui.line(_TEMPERS.get(temper, ""), x, y, TEMPERS.get(temper, PAPER))
    y = ui.line(f"level {monster['level']}, tier {monster['tier']}", x, y)
    y = ui.line(
        f"{words(Skill(int(monster['style'])).name)}, element {words(Element(int(monster['element'])).name)}",
        x,
        y,
    )
    ui.gauge(pygame.Rect(x, y + 4, inner.width, 18), monster["health"] / 100, BAD, f"health {monster['health']}")
    y += 30
    y = ui.line(_STATES[int(monster["state"])], x, y)
    if monster["target"] >= 0:
        y = ui.line(f"target: player {monster['target']}", x, y, WARNING)
    y = ui.line(f"at row {monster['row']}, column {monster['column']}", x, y, FAINT)
    ui.line(f"home: row {monster['home_row']}, column {monster['home_column']}", x, y, FAINT)


def _player(viewer: Viewer, box: pygame.Rect, slot: int) -> None:
    ui, source = viewer.ui, viewer.source
    player = source.scene.players[slot]
    me = player["self"]
    name = source.name_of(slot)
    inner = ui.panel(box, f"Player {slot}" + (f" · {name}" if name else ""))
    x, y, width = inner.x, inner.y, inner.width
    if not player["alive"]:
        ui.line("no body at the moment", x, y, FAINT)
        return
    team = int(me["team"])
    pygame.draw.circle(viewer.target, team_colours(team, slot)[0], (inner.right - 10, box.y + 22), 9)
    y = ui.line(
        f"{f'team {team}, ' if team else ''}score {player['score']} (best {player['best_score']}), "
        f"life {player['life']}, age {me['age']}",
        x, y, GOLD, most=width,
    )  # fmt: skip
    half = width // 2 - 4
    ui.gauge(
        pygame.Rect(x, y, half, 17),
        me["health"] / 100,
        GOOD if me["health"] > 50 else WARNING if me["health"] > 25 else BAD,
        f"health {me['health']}",
    )
    ui.gauge(
        pygame.Rect(x + half + 8, y, half, 17),
        me["stamina"] / 100,
        (92, 142, 214),
        f"stamina {me['stamina']}",
    )
    y += 22
    if source.scene.config.survival:
        ui.gauge(pygame.Rect(x, y, half, 17), me["food"] / 100, (206, 140, 70), f"food {me['food']}")
        ui.gauge(pygame.Rect(x + half + 8, y, half, 17), me["water"] / 100, (70, 160, 220), f"water {me['water']}")
        y += 22
    element = f", {words(Element(int(me['element'])).name)}" if me["element"] else ""
    y = ui.line(
        f"attack {player['attack']}, defence {player['defence']}, {words(Skill(int(me['style'])).name)}{element}",
        x,
        y,
        most=width,
    )
    y = ui.line(
        f"gold {me['gold']}, asks {PRICES[max(int(me['price_step']), 1) - 1]}, net sales {player['net_sales']}",
        x,
        y,
        most=width,
    )
    notes = [
        f"row {me['row']}, column {me['column']}",
        f"danger {me['danger']}",
        words(Biome(int(me["biome"])).name),
    ]
    if me["combat_ticks"]:
        notes.append("in combat")
    if me["protection_ticks"]:
        notes.append(f"protected {me['protection_ticks']}")
    y = ui.line(", ".join(notes), x, y, FAINT, "small", width) + 3

    for skill in Skill:  # two columns of gauges
        left, row = (x, skill) if skill < 4 else (x + half + 8, skill - 4)
        level = int(me["level"][skill])
        ui.gauge(
            pygame.Rect(left, y + row * 19, half, 16),
            me["progress"][skill] / 256,
            (88, 78, 150) if skill < 3 else (70, 120, 84),
            f"{words(skill.name)} {level}",
        )
    y += 4 * 19 + 5
    y = _bag(viewer, player["inventory"], x, y, width)
    room = box.bottom - y - 12
    insight = source.insight_of(slot)
    if insight is not None and room > 60:
        if insight.value is not None:
            y = ui.line(f"expects a return of {insight.value:+.2f}", x, y, ACCENT)
        if insight.probabilities is not None:
            for action in np.argsort(-insight.probabilities)[:4].tolist():
                chance = float(insight.probabilities[action])
                ui.gauge(
                    pygame.Rect(x, y, width, 15),
                    chance,
                    (64, 96, 140),
                    f"{words(Action(action).name)}  {chance:.0%}",
                )
                y += 17
        room = box.bottom - y - 12
    trace = source.trace_of(slot)
    count = min(len(trace), max(0, (room - 18) // 16 - (9 if room > 290 else 0)))
    if count > 0:
        y = ui.line("last actions", x, y, FAINT, "small")
        for tick, action in trace[:count]:
            y = ui.line(f"{tick:>6}  {words(Action(action).name)}", x, y, size="small")
    _seen(viewer, slot, pygame.Rect(x, y + 4, width, box.bottom - y - 14))


def _bag(viewer: Viewer, bag: NDArray[np.void], x: int, y: int, width: int) -> int:
    """Twelve slots as icons; what is worn has a light rim. Returns the y below."""
    side = min(40, (width - 5 * 4) // 6)
    for number, item in enumerate(bag):
        box = pygame.Rect(x + number % 6 * (side + 4), y + number // 6 * (side + 4), side, side)
        _item_box(viewer, box, item, number)
    return y + 2 * (side + 4) + 4


def _item_box(viewer: Viewer, box: pygame.Rect, item: Any, number: int) -> None:
    target = viewer.target
    pygame.draw.rect(target, (44, 44, 60), box, border_radius=4)
    if item["type"]:
        target.blit(
            viewer.renderer.sprites.icon(int(item["type"]), int(item["tier"]), box.width - 6),
            (box.x + 3, box.y + 3),
            special_flags=pygame.BLEND_PREMULTIPLIED,
        )
        if item["quantity"] > 1:
            viewer.ui.text.draw(
                target,
                str(item["quantity"]),
                box.right - 3,
                box.bottom - 12,
                "small",
                PAPER,
                "right",
                outlined=True,
            )
        viewer.ui.hot(
            box,
            hint=item_name(int(item["type"]), int(item["tier"]), int(item["quantity"]))
            + (" (worn)" if item["worn"] else ""),
        )
    pygame.draw.rect(target, GOLD if item["worn"] else (70, 70, 92), box, 2 if item["worn"] else 1, border_radius=4)
    viewer.ui.text.draw(target, str(number + 1), box.x + 3, box.y + 2, "small", FAINT)


def _seen(viewer: Viewer, slot: int, box: pygame.Rect) -> None:
    """What the player observes: its window of tiles, as small squares."""
    row = viewer.source.row_of(slot)
    if row is None or box.height < 60:
        return
    tiles = row["tiles"]
    rows, columns = tiles.shape
    side = min(box.width // columns, (box.height - 18) // rows)
    if side < 4:
        return
    viewer.ui.line("what it sees", box.x, box.y, FAINT, "small")
    small = new_surface(columns, rows)
    table = np.zeros((256, 3), np.uint8)
    table[:] = VOID
    for number, colour in GROUND.items():
        table[number] = colour
    pygame.surfarray.blit_array(small, table[tiles["ground"]].swapaxes(0, 1))
    top = box.y + 18
    viewer.target.blit(pygame.transform.scale(small, (columns * side, rows * side)), (box.x, top))
    for at_row, at_column in zip(*(found.tolist() for found in np.nonzero(tiles["object"])), strict=True):
        kind, tier = int(tiles["object"][at_row, at_column]), int(tiles["tier"][at_row, at_column]) & 15
        icon = viewer.renderer.sprites.icon(kind, max(1, tier), side)
        viewer.target.blit(
            icon, (box.x + at_column * side, top + at_row * side), special_flags=pygame.BLEND_PREMULTIPLIED
        )
    for at_row, at_column in zip(*(found.tolist() for found in np.nonzero(tiles["occupant"] & 7)), strict=True):
        who = int(tiles["occupant"][at_row, at_column]) & 7
        team = int(tiles["team"][at_row, at_column])
        body: Colour = TEMPERS[who] if who > 1 else team_colours(team, slot)[0]
        middle = box.x + at_column * side + side // 2, top + at_row * side + side // 2
        pygame.draw.circle(viewer.target, INK, middle, side // 2)
        pygame.draw.circle(viewer.target, body, middle, max(1, side // 2 - 1))


# ---- playing by hand


def inventory(viewer: Viewer, box: pygame.Rect) -> None:
    """What the person has, and what can be done with it."""
    person = viewer.person
    assert person is not None
    ui, player = viewer.ui, viewer.source.scene.players[person.slot]
    me = player["self"]
    inner = ui.panel(box, f"You · player {person.slot}")
    x, y, width = inner.x, inner.y, inner.width
    if not player["alive"]:
        ui.line("You have no body at the moment.", x, y, WARNING)
        return
    y = ui.line(f"score {player['score']}: combat {me['combat_level']}, harvest {me['harvest_level']}", x, y, GOLD)
    ui.gauge(
        pygame.Rect(x, y, width, 19),
        me["health"] / 100,
        GOOD if me["health"] > 50 else WARNING if me["health"] > 25 else BAD,
        f"health {me['health']}",
    )
    ui.gauge(pygame.Rect(x, y + 22, width, 16), me["stamina"] / 100, (92, 142, 214), f"stamina {me['stamina']}")
    y += 43
    y = ui.line(f"attack {player['attack']}, defence {player['defence']}, gold {me['gold']}", x, y)
    y = ui.line(
        "in combat" if me["combat_ticks"] else f"danger {me['danger']}, {words(Biome(int(me['biome'])).name)}",
        x,
        y,
        BAD if me["combat_ticks"] else FAINT,
    )
    chosen = viewer.chosen_slot
    side = min(48, (width - 3 * 6) // 4)
    for number, item in enumerate(player["inventory"]):
        place = pygame.Rect(x + number % 4 * (side + 6), y + number // 4 * (side + 6), side, side)

        def choose(number: int = number) -> None:
            viewer.chosen_slot = number

        def use(number: int = number) -> None:
            viewer.act(Action.USE_1 + number)

        _item_box(viewer, place, item, number)
        hint = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"])) if item["type"] else "empty"
        ui.hot(place, choose, f"{hint}: click to choose, right click to use", right=use)
        if number == chosen:
            pygame.draw.rect(viewer.target, ACCENT, place.inflate(4, 4), 2, border_radius=6)
    y += 3 * (side + 6) + 2
    item = player["inventory"][chosen]
    what = item_name(int(item["type"]), int(item["tier"]), int(item["quantity"])) if item["type"] else "nothing"
    y = ui.line(f"slot {chosen + 1}: {what}", x, y, ACCENT, most=width)
    third = (width - 12) // 3
    for at, (label, first, hint) in enumerate(
        (
            ("use", Action.USE_1, "wear it, take it off, eat or drink it"),
            ("sell", Action.SELL_1, "list up to 12 pieces at your asking price"),
            ("drop", Action.DROP_1, "lay it on the ground"),
        )
    ):
        action = int(first) + chosen
        ui.button(
            pygame.Rect(x + at * (third + 6), y, third, 28),
            label,
            partial(viewer.act, action),
            hint,
            able=person.can(action),
        )
    y += 36
    y = _asking(viewer, me, x, y, width)
    for skill in Skill:
        left, row = (x, skill) if skill < 4 else (x + width // 2 + 4, skill - 4)
        if y + row * 19 + 16 > box.bottom - 6:
            break
        ui.gauge(
            pygame.Rect(left, y + row * 19, width // 2 - 4, 16),
            me["progress"][skill] / 256,
            (88, 78, 150) if skill < 3 else (70, 120, 84),
            f"{words(skill.name)} {me['level'][skill]}",
        )


def _asking(viewer: Viewer, me: Any, x: int, y: int, width: int) -> int:
    """The asking price and the buttons that change it. Returns the y below."""
    person = viewer.person
    assert person is not None
    ui = viewer.ui
    ui.line(f"you ask {PRICES[max(int(me['price_step']), 1) - 1]} gold", x, y + 5)
    for at, (label, action) in enumerate((("−", Action.PRICE_DOWN), ("+", Action.PRICE_UP))):
        box = pygame.Rect(x + width - 68 + at * 36, y, 32, 26)
        ui.button(
            box,
            label,
            partial(viewer.act, action),
            "the price at which you sell, and the most you pay",
            able=person.can(action),
        )
    return y + 34


# ---- market


def market(viewer: Viewer, box: pygame.Rect) -> None:
    """Offers and prices by item; while playing, with buttons to buy."""
    ui, source, person = viewer.ui, viewer.source, viewer.person
    inner = ui.panel(box, "Market")
    x, y, width = inner.x, inner.y, inner.width
    listings = source.listings()
    y = ui.line(
        f"{len(listings):,} offers of {int(listings['quantity'].sum()) if len(listings) else 0:,} pieces",
        x,
        y,
        FAINT,
    )
    if person is not None and source.scene.players["alive"][person.slot]:
        y = _asking(viewer, source.scene.players["self"][person.slot], x, y, width)
    chart_height = 120 if inner.bottom - y > 20 * 17 + 150 else 0
    step = max(15, min(22, (inner.bottom - y - chart_height - 22) // 20))
    for label, right in (("offered", 0.62), ("cheapest", 0.83), ("sold", 1.0)):
        shift = 44 if person is not None else 0
        ui.text.draw(viewer.target, label, x + (width - shift) * right, y, "small", FAINT, "right")
    y += 18
    for kind in range(1, 21):
        if y + step > inner.bottom:
            break
        own = listings[listings["type"] == kind]
        sold = source.history.prices.get(kind, [])
        row = pygame.Rect(x, y, width, step - 1)

        def pick(kind: int = kind) -> None:
            viewer.chosen_item = kind

        over = ui.hot(row, pick, f"{words(ObjectKind(kind).name)}: click for its prices")
        if kind == viewer.chosen_item:
            pygame.draw.rect(viewer.target, (52, 60, 86), row, border_radius=3)
        elif over:
            pygame.draw.rect(viewer.target, (44, 44, 60), row, border_radius=3)
        viewer.target.blit(
            viewer.renderer.sprites.icon(kind, 2, step - 1), (x, y), special_flags=pygame.BLEND_PREMULTIPLIED
        )
        middle = y + (step - 13) // 2
        ui.line(words(ObjectKind(kind).name), x + step + 4, middle, size="small")
        shift = 44 if person is not None else 0
        numbers = (
            (str(int(own["quantity"].sum())) if len(own) else "-", 0.62),
            (str(PRICES[int(own["price_step"].min()) - 1]) if len(own) else "-", 0.83),
            (f"{sum(pieces for _, _, pieces in sold):,}" if sold else "-", 1.0),
        )
        for shown, right in numbers:
            ui.text.draw(viewer.target, shown, x + (width - shift) * right, middle, "small", PAPER, "right")
        if person is not None:
            action = int(Action.BUY_HELM) + kind - 1
            ui.button(
                pygame.Rect(x + width - 38, y, 38, step - 1),
                "buy",
                partial(viewer.act, action),
                "the best of it that you can pay",
                able=person.can(action),
            )
        y += step
    if chart_height and inner.bottom - y > 90:
        sold = source.history.prices.get(viewer.chosen_item, [])
        table = np.array(sold, np.float64).reshape(-1, 3)
        place = pygame.Rect(x, y + 6, width, inner.bottom - y - 6)
        name = words(ObjectKind(viewer.chosen_item).name)
        ui.chart(place, table[:, 0], [(f"{name} price", table[:, 1], GOLD), ("pieces", table[:, 2], ACCENT)])


# ---- charts and leaders


def charts(viewer: Viewer, box: pygame.Rect) -> None:
    """Population and score over time."""
    inner = viewer.ui.panel(box, "Charts")
    figures = viewer.figures()
    parts = (
        [("players living", figures[:, 1], ACCENT)],
        [("mean score", figures[:, 2], GOOD), ("best", figures[:, 3], GOLD)],
    )
    height = (inner.height - 8) // 3
    for number, series in enumerate(parts):
        viewer.ui.chart(
            pygame.Rect(inner.x, inner.y + number * (height + 4), inner.width, height), figures[:, 0], series
        )
    marks = viewer.source.history.marks
    ticks = figures[:, 0]
    span = max(1, len(ticks) // 60)  # smooth: counts of single ticks jump about
    series = []
    for name, column, colour in (("deaths", 0, BAD), ("level-ups", 1, WARNING), ("sales", 2, ACCENT)):
        counts = np.array([marks.get(int(tick), (0, 0, 0))[column] for tick in ticks], np.float64)
        if len(counts) >= span > 1:
            counts = np.convolve(counts, np.ones(span) / span, "same")
        series.append((f"{name} a tick", counts, colour))
    viewer.ui.chart(pygame.Rect(inner.x, inner.y + 2 * (height + 4), inner.width, height), ticks, series)


def leaders(viewer: Viewer, box: pygame.Rect) -> None:
    """Who has the highest score, and how agents or teams do."""
    ui, scene, source = viewer.ui, viewer.source.scene, viewer.source
    inner = ui.panel(box, "Leaders")
    x, y, width = inner.x, inner.y, inner.width
    players = scene.players
    alive = players["alive"] == 1
    order = np.lexsort(
        (
            np.arange(len(players)),
            -players["self"]["age"].astype(np.int64),
            -players["score"].astype(np.int64),
        )
    )
    order = order[alive[order]][:12]
    for label, right in (("combat", 0.62), ("harvest", 0.82), ("score", 1.0)):
        ui.text.draw(viewer.target, label, x + width * right, y, "small", FAINT, "right")
    y += 18
    for slot in order.tolist():
        if y + 22 > inner.bottom:
            return
        me = players["self"][slot]
        row = pygame.Rect(x - 4, y - 2, width + 8, 21)

        def pick(slot: int = slot) -> None:
            viewer.select(slot, follow=True)

        if ui.hot(row, pick, f"player {slot}: click to follow"):
            pygame.draw.rect(viewer.target, (44, 44, 60), row, border_radius=3)
        pygame.draw.circle(viewer.target, team_colours(int(me["team"]), slot)[0], (x + 6, y + 7), 6)
        ui.line(f"{slot}  {source.name_of(slot)}", x + 18, y, most=int(width * 0.45))
        for number, right in (
            (me["combat_level"], 0.62),
            (me["harvest_level"], 0.82),
            (players["score"][slot], 1.0),
        ):
            ui.text.draw(
                viewer.target,
                str(number),
                x + width * right,
                y,
                "normal",
                GOLD if right == 1.0 else PAPER,
                "right",
            )
        y += 21
    y += 8
    groups: list[tuple[str, NDArray[np.bool_], Colour]] = []
    if scene.config.team_size > 1:
        groups = [
            (
                f"team {team}",
                (np.arange(len(players)) // scene.config.team_size == team - 1),
                TEAMS[(team - 1) % 8],
            )
            for team in range(1, scene.config.n_teams + 1)
        ]
    else:
        names = [source.name_of(slot) for slot in range(len(players))]
        different = sorted(set(names) - {""})
        table = np.array(names)
        groups = (
            [(name, table == name, TEAMS[number % 8]) for number, name in enumerate(different)]
            if len(different) > 1
            else []
        )
    if groups and y + 40 < inner.bottom:
        y = ui.line("by team" if scene.config.team_size > 1 else "by agent: living, mean score", x, y, FAINT, "small")
        told = []
        for name, chosen, colour in groups:
            living = chosen & alive
            mean = float(players["score"][living].mean()) if living.any() else 0.0
            told.append((mean, int(living.sum()), name, colour))
        for mean, count, name, colour in sorted(told, reverse=True):
            if y + 20 > inner.bottom:
                break
            pygame.draw.rect(viewer.target, colour, (x, y + 2, 10, 10))
            ui.line(name, x + 18, y, most=int(width * 0.5))
            ui.text.draw(viewer.target, f"{count}", x + width * 0.72, y, "normal", PAPER, "right")
            ui.text.draw(viewer.target, f"{mean:.2f}", x + width, y, "normal", GOLD, "right")
            y += 20


# ---- help


def help_page(viewer: Viewer, box: pygame.Rect) -> None:
    """All keys and what they do."""
    when = ("always", "play" if viewer.person is not None else "watch")
    inner = viewer.ui.panel(box, "Keys and mouse")
    lines = [(shown, doc) for shown, doc, then in MOUSE if then in when]
    lines += [(key.shown, key.doc) for key in KEYS if key.when in when]
    columns = 2 if inner.width > 560 else 1
    rows = -(-len(lines) // columns)
    step = max(13, min(24, (inner.height - 4) // max(rows, 1)))
    size = "normal" if step >= 18 else "small"
    width = inner.width // columns
    for number, (shown, doc) in enumerate(lines):
        x = inner.x + number // rows * width
        y = inner.y + 4 + number % rows * step
        viewer.ui.line(shown, x, y, ACCENT, size)
        viewer.ui.line(doc, x + 132, y, PAPER, size, width - 140)
