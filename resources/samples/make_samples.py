"""Makes the sample spreadsheets of this folder anew: `python resources/samples/make_samples.py`.

The names in them are made up. The same numbers come out each time.
"""

import csv
import random
from datetime import date, datetime, time, timedelta
from pathlib import Path

import xlsxwriter

HERE = Path(__file__).parent
REGIONS = {"North": 1.2, "South": 0.9, "East": 1.0, "West": 1.1, "Overseas": 0.6}
PRODUCTS = {
    "Desk lamp": 39.9, "Office chair": 189.0, "Standing desk": 449.0, "Monitor arm": 79.5, "Whiteboard": 119.0,
    "Filing cabinet": 159.0, "Paper, A4, 5 reams": 24.75, "Headset": 89.9,
}  # fmt: skip
CUSTOMERS = [
    "Meyer & Söhne", "Café Zoë", "Łódź Logistics", "北京华远贸易", "上海明德书店", "Brontë Books", "Åkesson Bygg",
    "Fernández Hermanos", "O'Neill Partners", "Lakeside School", "Harbour Clinic", "Green Lane Council",
]  # fmt: skip
FIRST = ["Anna", "Zoë", "李雷", "韩梅梅", "Łukasz", "José", "Aoife", "Jürgen", "Mei", "Tom", "Priya", "Søren"]
LAST = ["Meyer", "Brontë", "Nowak", "García", "O'Brien", "Müller", "Chen", "Baker", "Shah", "Åkesson"]


def at_midnight(day: date) -> datetime:
    """The moment a day begins, as spreadsheets keep days."""
    return datetime.combine(day, time())


def sales(path: Path) -> None:
    """A year of orders, as a shop system exports them."""
    dice = random.Random(2026)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["Order no", "Date", "Region", "Customer", "Product", "Quantity", "Unit price", "Amount", "Paid"]
        )
        for number in range(1, 1205):
            region = dice.choices(list(REGIONS), list(REGIONS.values()))[0]
            product = dice.choice(list(PRODUCTS))
            quantity = dice.choices([1, 2, 3, 5, 10, 20], [30, 20, 15, 15, 12, 8])[0]
            day = date(2026, 1, 1) + timedelta(days=int(333 * dice.betavariate(1.6, 1.1)))
            price = PRODUCTS[product]
            row = [f"{number:06d}", day, region, dice.choice(CUSTOMERS), product, quantity, f"{price:.2f}"]
            writer.writerow([*row, f"{price * quantity:.2f}", "true" if dice.random() < 0.85 else "false"])


def members(path: Path) -> None:
    """The members of a club, with a second sheet of their payments."""
    dice = random.Random(7)
    with xlsxwriter.Workbook(str(path)) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        people, payments = book.add_worksheet("Members"), book.add_worksheet("Payments")
        people.write_row(0, 0, ["Member no", "First name", "Last name", "E-mail", "Joined", "Group", "Fee", "Active"])
        payments.write_row(0, 0, ["Member no", "Date", "Amount"])
        line = 1
        for row in range(1, 181):
            first, last = dice.choice(FIRST), dice.choice(LAST)
            joined = date(2015, 1, 1) + timedelta(days=dice.randrange(4200))
            number = f"M{row:04d}"
            people.write_row(row, 0, [number, first, last, f"member{row}@example.org"])
            people.write_datetime(row, 4, at_midnight(joined), day)
            people.write_row(row, 5, [dice.choice(["Youth", "Adults", "Seniors"]), dice.choice([24.0, 60.0, 42.0])])
            people.write_boolean(row, 7, dice.random() < 0.9)
            for _ in range(dice.randrange(3)):
                payments.write_string(line, 0, number)
                paid = date(2026, 1, 1) + timedelta(days=dice.randrange(330))
                payments.write_datetime(line, 1, at_midnight(paid), day)
                payments.write_number(line, 2, dice.choice([24.0, 42.0, 60.0]))
                line += 1


if __name__ == "__main__":
    sales(HERE / "sales.csv")
    members(HERE / "members.xlsx")
