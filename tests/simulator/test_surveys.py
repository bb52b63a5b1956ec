"""Invitations and answers: within scale, about what happened, and telling the truth to those who look."""

import json

import numpy as np
import pandas as pd
import pytest

from evergreen.settings import settings
from evergreen.simulator.drivers import ATTRIBUTES, DRIVERS
from evergreen.simulator.instruments import read_items
from simulator.simulated_shop import Folder

SEED = settings().project / "dbt_project" / "seeds" / "survey_items.csv"
ITEMS = pd.DataFrame([vars(item) for item in read_items()]).set_index("code")


def _answers(folder: Folder) -> pd.DataFrame:
    answers = folder.surveys("answers").merge(folder.surveys("responses"), on="response_id")
    return answers.join(ITEMS.drop(columns="instrument"), on="item_code")


def test_answers_are_within_their_scale(reference: Folder) -> None:
    answers = _answers(reference)
    scaled = answers[answers["low"].notna()]
    for column in ("score", "expectation_score", "importance", "need_score"):
        given = scaled[scaled[column].notna()]
        assert len(given) > 0
        assert given[column].between(given["low"], given["high"]).all(), column
    assert answers.loc[answers["low"].isna(), "score"].isna().all()
    assert answers.loc[~answers["has_expectation"].astype(bool), "expectation_score"].isna().all()


def test_answers_belong_to_their_questionnaire_and_to_returned_responses(reference: Folder) -> None:
    answers, responses = reference.surveys("answers"), reference.surveys("responses")
    joined = answers.merge(responses, on="response_id", how="left")
    assert joined["submitted_at"].notna().all()
    assert (joined["instrument"] == ITEMS.loc[joined["item_code"], "instrument"].to_numpy()).all()


def test_fixed_choices_are_those_that_the_wording_lists(reference: Folder) -> None:
    answers = _answers(reference)
    coded = answers[answers["answer_code"].notna()]
    seed = pd.read_csv(SEED, index_col="item_code")["wording_en"]
    for code, given in coded.groupby("item_code")["answer_code"]:
        listed = seed[code].rpartition("(")[2].rstrip(")").split(", ")
        assert set(given) <= set(listed), code
    assert set(coded["role"]) == {"need", "habit", "origin", "reason", "destination"}


def test_responses_point_at_what_they_are_about(reference: Folder) -> None:
    responses = reference.surveys("responses")
    orders, contacts = reference["shop/orders"], reference["shop/contacts"]
    bought = responses[responses["instrument"] == "after_purchase"]
    about = bought.merge(orders, on="order_id", suffixes=("", "_order"))
    assert len(about) == len(bought) > 100
    assert (about["customer_id"] == about["customer_id_order"]).all()
    assert (about["invited_at"] > about["delivered_at"]).all()
    for instrument, kind in (("after_contact", "enquiry"), ("after_complaint", "complaint")):
        asked = responses[responses["instrument"] == instrument]
        about = asked.merge(contacts, on="contact_id", suffixes=("", "_contact"))
        assert len(about) == len(asked) > 50
        assert (about["kind"] == kind).all()
        assert about["employee_id"].isin(reference["shop/employees"]["employee_id"]).all()


def test_who_answers(reference: Folder) -> None:
    responses = reference.surveys("responses")
    assert set(responses["respondent_role"]) == {"customer", "manager", "employee"}
    assert set(responses["rated_company"]) == {"own", "Larkspur Gardens"}
    invited = responses[responses["invited_at"].notna()]
    assert 0.25 < invited["submitted_at"].notna().mean() < 0.6
    assert (
        invited["submitted_at"].dropna() > invited.loc[invited["submitted_at"].notna(), "invited_at"]
    ).all()
    unasked = responses[responses["invited_at"].isna()]
    assert unasked["submitted_at"].notna().all()
    assert unasked["customer_id"].isna().any()
    managers = reference.surveys("answers").merge(
        responses.query("respondent_role == 'manager'"), on="response_id"
    )
    believed = managers[managers["item_code"].str.startswith("SQ") & (managers["item_code"] != "SQ23")]
    assert believed["score"].isna().all()
    assert believed["expectation_score"].notna().all()


def test_the_content_and_the_valuable_answer_more(large: Folder) -> None:
    responses = large.surveys("responses").dropna(subset=["customer_id", "invited_at"])
    truth = large["truth/customers"].set_index("customer_id")
    answered = responses["submitted_at"].notna()
    valuable = truth.loc[responses["customer_id"], "is_high_value"].to_numpy().astype(bool)
    assert answered[valuable].mean() > answered[~valuable].mean() + 0.05
    felt = large["truth/satisfaction"].set_index(["customer_id", "quarter"])["satisfaction"]
    quarter = responses["invited_at"].dt.to_period("Q").dt.to_timestamp()
    keys = pd.MultiIndex.from_arrays([responses["customer_id"], quarter])
    satisfaction = felt.reindex(keys).to_numpy()
    known = ~np.isnan(satisfaction)
    content = satisfaction > np.nanmedian(satisfaction)
    assert answered[known & content].mean() > answered[known & ~content].mean() + 0.03


def _scores(folder: Folder, instrument: str) -> pd.DataFrame:
    """Positively keyed scores 0–100 of own customers, one column per attribute and one for `overall`."""
    answers = _answers(folder)
    own = answers[
        (answers["instrument"] == instrument) & answers["customer_id"].notna() & answers["score"].notna()
    ]
    own = own[own["role"].isin(["attribute", "overall"])]
    percent = 100 * (own["score"] - own["low"]) / (own["high"] - own["low"])
    own = own.assign(percent=percent.where(~own["is_reversed"].astype(bool), 100 - percent).astype(float))
    index = ["response_id", "customer_id", "submitted_at"]
    return own.pivot_table(index=index, columns="attribute", values="percent").reset_index()


def test_measured_satisfaction_follows_the_true_one(large: Folder) -> None:
    scores = _scores(large, "servqual")
    quarter = scores["submitted_at"].dt.to_period("Q").dt.to_timestamp()
    felt = large["truth/satisfaction"].set_index(["customer_id", "quarter"])["satisfaction"]
    true = felt.reindex(pd.MultiIndex.from_arrays([scores["customer_id"], quarter])).to_numpy()
    known = ~np.isnan(true) & scores["overall"].notna().to_numpy()
    assert np.corrcoef(true[known], scores.loc[known, "overall"])[0, 1] > 0.8
    measured = scores.groupby(quarter)["overall"].mean()
    index = large["truth/quarters"].set_index("quarter")["satisfaction"].loc[measured.index[1:]]
    assert np.corrcoef(measured.iloc[1:], index)[0, 1] > 0.8


def test_the_true_drivers_rank_first(large: Folder) -> None:
    scores = _scores(large, "servqual").dropna()
    design = scores[list(ATTRIBUTES)]
    design = (design - design.mean()) / design.std()
    overall = (scores["overall"] - scores["overall"].mean()) / scores["overall"].std()
    weights = np.linalg.lstsq(design.to_numpy(), overall.to_numpy(), rcond=None)[0]
    derived = pd.Series(weights, index=ATTRIBUTES).sort_values(ascending=False)
    true = pd.Series({driver.attribute: driver.weight for driver in DRIVERS})
    assert list(derived.index[:3]) == list(true.sort_values(ascending=False).index[:3])
    assert derived.corr(true, method="spearman") > 0.6


def test_answers_after_an_event_tell_of_it(large: Folder) -> None:
    bought = _scores(large, "after_purchase").merge(
        large.surveys("responses")[["response_id", "order_id"]], on="response_id"
    )
    bought = bought.merge(large["shop/orders"], on="order_id")
    late = bought["delivered_at"] > bought["promised_delivery_at"]
    assert bought.loc[late, "punctuality"].mean() < bought.loc[~late, "punctuality"].mean() - 25
    complained = _scores(large, "after_complaint").merge(
        large.surveys("responses")[["response_id", "contact_id"]], on="response_id"
    )
    complained = complained.merge(large["shop/contacts"], on="contact_id")
    settled = complained["outcome"] == "settled"
    assert complained.loc[settled, "overall"].mean() > complained.loc[~settled, "overall"].mean() + 20


def test_the_trap_can_be_seen_in_answers(large: Folder) -> None:
    """Plain and value-weighted means of service quality move in opposite directions, as the truth says."""
    scores = _scores(large, "servqual")
    scores["quarter"] = scores["submitted_at"].dt.to_period("Q").dt.to_timestamp()
    truth = large["truth/customers"].set_index("customer_id")
    value = (truth["order_rate_per_year"] * truth["spend_factor"]).loc[scores["customer_id"]].to_numpy()
    felt = scores[list(ATTRIBUTES)].mean(axis=1)
    plain = felt.groupby(scores["quarter"]).mean()
    weighed = (felt * value).groupby(scores["quarter"]).sum() / pd.Series(value).groupby(
        scores["quarter"]
    ).sum()
    cases = large["truth/quarters"].set_index("quarter")["trap_case"]
    for quarter, signs in ((pd.Timestamp("2025-04-01"), (-1, 1)), (pd.Timestamp("2025-07-01"), (1, -1))):
        assert cases[quarter] == {(-1, 1): "IV", (1, -1): "VI"}[signs]
        assert np.sign(plain.diff()[quarter]) == signs[0]
        assert np.sign(weighed.diff()[quarter]) == signs[1]


def test_files_are_dated_and_hold_what_came_by_then(reference: Folder) -> None:
    for path in sorted((reference.path / "surveys" / "responses").glob("*.csv")):
        day = pd.Timestamp(path.stem.removeprefix("responses-"))
        changed = pd.to_datetime(pd.read_csv(path)["updated_at"])
        assert (changed < day + pd.Timedelta(days=1)).all()
        assert (changed >= day.replace(day=1)).all()


def test_who_names_nobody_comes_as_json(reference: Folder) -> None:
    for path in (reference.path / "surveys" / "responses").glob("*.json"):
        rows = json.loads(path.read_text(encoding="utf-8"))
        assert rows
        assert all(row["customer_id"] is None for row in rows)
    for path in (reference.path / "surveys" / "responses").glob("*.csv"):
        assert pd.read_csv(path)["customer_id"].notna().all()


def test_late_answers_are_redelivered(reference: Folder) -> None:
    files = sorted((reference.path / "surveys" / "responses").glob("*.csv"))
    rows = pd.concat([pd.read_csv(path).assign(file=path.stem) for path in files])
    again = rows[rows.duplicated("response_id", keep=False)]
    assert len(again) > 10
    versions = again.sort_values("file").groupby("response_id")["submitted_at"].agg(["first", "last", "size"])
    assert versions["last"].notna().all()
    first = again.sort_values("file").groupby("response_id").head(1)
    assert first["submitted_at"].isna().all()
    assert (versions["size"] == 2).all()


@pytest.mark.parametrize("column", ["answer_text"])
def test_free_words_try_the_readers(reference: Folder, column: str) -> None:
    texts = reference.surveys("answers")[column].dropna()
    for sign in ("\n", '"', ",", "[\u4e00-\u9fff]", "[\U0001f300-\U0001faff]"):
        assert texts.str.contains(sign).any(), sign
