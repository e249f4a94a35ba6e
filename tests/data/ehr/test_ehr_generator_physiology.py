"""Un malade a l'air malade, on le mesure plus, il meurt plus ; et les erreurs promises sont là, à leur taux."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from common.data.ehr.generator import ANOMALIES, generate
from common.data.ehr.synthetic import care, items, population, registry
from common.data.ehr.synthetic.physiology import SIGNALS, measure, trembling
from common.metrics import auroc

GLASGOW = [220739, 223900, 223901]
FAHRENHEIT, CELSIUS = 223761, 223762
LACTATE, SODIUM = 50813, 50983


@pytest.fixture(scope="module")
def tables():
    return generate(1500, seed=11)


@pytest.fixture(scope="module")
def first_day(tables):
    """Moyennes du premier jour du premier séjour, une ligne par patient, signes nettoyés et unités réunies."""
    stays = tables["ICUSTAYS"].merge(tables["ADMISSIONS"][["HADM_ID", "HOSPITAL_EXPIRE_FLAG"]], on="HADM_ID")
    stays = stays.sort_values("INTIME").drop_duplicates("SUBJECT_ID")
    charts = tables["CHARTEVENTS"].replace({"ITEMID": {220050: 220179}}).query("ERROR == 0")
    celsius = charts["VALUENUM"].where(charts["ITEMID"] != FAHRENHEIT, (charts["VALUENUM"] - 32) / 1.8)
    charts = charts.assign(VALUENUM=celsius).replace({"ITEMID": {FAHRENHEIT: CELSIUS}})
    charts = charts[charts["VALUENUM"].between(1, 300) & ((charts["ITEMID"] != CELSIUS) | (charts["VALUENUM"] < 45))]
    events = pd.concat([charts, tables["LABEVENTS"]])[["HADM_ID", "ITEMID", "CHARTTIME", "VALUENUM"]]
    events = events.merge(stays[["HADM_ID", "INTIME"]], on="HADM_ID")
    soon = (events["CHARTTIME"] - events["INTIME"]).between(pd.Timedelta(0), pd.Timedelta(hours=24))
    means = events[soon].pivot_table(index="HADM_ID", columns="ITEMID", values="VALUENUM").reindex(stays["HADM_ID"])
    births = stays["SUBJECT_ID"].map(tables["PATIENTS"].set_index("SUBJECT_ID")["DOB"])
    means["age"] = np.minimum((stays["INTIME"] - births).dt.days.to_numpy() / 365.25, 91)
    means["died"] = stays["HOSPITAL_EXPIRE_FLAG"].to_numpy(dtype=int)
    return means.rename(columns=str)


def observed(count: int, total: int, rate: float) -> None:
    assert count > 0
    assert binomtest(int(count), int(total), rate).pvalue > 1e-3, f"{count} sur {total}, attendu {rate:.2%}"


def spoiled(charts: pd.DataFrame) -> pd.DataFrame:
    """Les signes vitaux hors des bornes du vivant, zéros et 9999 à part."""
    limits = {
        **{220045: "heart_rate", 220050: "systolic", 220179: "systolic", 220210: "respiratory_rate"},
        **{220277: "saturation", CELSIUS: "temperature"},
    }
    bounds = {item: SIGNALS[name].bounds for item, name in limits.items()}
    bounds[FAHRENHEIT] = tuple(1.8 * bound + 32 for bound in bounds[CELSIUS])
    low, high = (charts["ITEMID"].map({item: pair[side] for item, pair in bounds.items()}) for side in (0, 1))
    out = (charts["VALUENUM"] < low - 0.06) | (charts["VALUENUM"] > high + 0.06)
    return charts[out & ~charts["VALUENUM"].isin([0, 9999])]


def test_every_anomaly_is_there_at_its_stated_rate(tables):
    charts, labs = tables["CHARTEVENTS"], tables["LABEVENTS"]
    vitals = charts[~charts["ITEMID"].isin(GLASGOW)]
    observed((vitals["VALUENUM"] == 0).sum(), len(vitals), ANOMALIES["zero"])
    observed((vitals["VALUENUM"] == 9999).sum(), len(vitals), ANOMALIES["nines"])
    celsius = vitals[vitals["ITEMID"] == CELSIUS]
    in_fahrenheit = celsius["VALUENUM"].between(90, 107)
    observed(in_fahrenheit.sum(), len(celsius), ANOMALIES["fahrenheit_as_celsius"])
    usual = vitals.loc[vitals["ITEMID"] == FAHRENHEIT, "VALUENUM"].median()
    assert abs(celsius["VALUENUM"][in_fahrenheit].median() - usual) < 0.8
    slipped = spoiled(vitals.drop(celsius.index[in_fahrenheit]))
    observed(len(slipped), len(vitals), ANOMALIES["decimal_slip"])
    observed((charts["ERROR"] == 1).sum(), len(charts), ANOMALIES["flagged_error"])
    observed(charts["ICUSTAY_ID"].isna().sum(), len(charts), ANOMALIES["missing_stay"])
    observed(charts.drop(columns="ROW_ID").duplicated().sum(), len(charts), ANOMALIES["duplicate"])
    observed((labs["VALUE"] == "ERROR").sum(), len(labs), ANOMALIES["lab_text"])
    assert labs["VALUENUM"].isna().equals(labs["VALUE"] == "ERROR")


def test_glasgow_is_words_that_agree_with_their_number(tables):
    charts = tables["CHARTEVENTS"]
    scales = {220739: items.EYES, 223900: items.VERBAL, 223901: items.MOTOR}
    for item, words in scales.items():
        rows = charts[charts["ITEMID"] == item]
        expected = rows["VALUENUM"].map(dict(enumerate(words, start=1)))
        tube = rows["VALUE"] == items.INTUBATED
        assert (rows["VALUE"] == expected)[~tube].all() and (rows["VALUENUM"] == 1)[tube].all()
        assert tube.any() == (item == 223900)


def test_numbers_are_written_as_in_the_official_files(tables):
    for name in ("CHARTEVENTS", "LABEVENTS"):
        rows = tables[name][tables[name]["VALUENUM"].notna() & ~tables[name]["ITEMID"].isin(GLASGOW)]
        np.testing.assert_array_equal(rows["VALUE"].astype(float), rows["VALUENUM"])
        assert not rows["VALUE"].str.endswith(".0").any()


def test_marginals_stay_near_the_published_ones(tables):
    """Johnson et al. (2016), adultes : 11,5 % de morts, 65,8 ans, 55,9 % d'hommes, 2,1 jours en réanimation."""
    admissions, stays = tables["ADMISSIONS"], tables["ICUSTAYS"]
    assert 0.095 < admissions["HOSPITAL_EXPIRE_FLAG"].mean() < 0.13
    births = admissions["SUBJECT_ID"].map(tables["PATIENTS"].set_index("SUBJECT_ID")["DOB"])
    assert 63 < ((admissions["ADMITTIME"] - births).dt.days / 365.25).median() < 69
    assert 0.52 < (tables["PATIENTS"]["GENDER"] == "M").mean() < 0.60
    assert 1.9 < stays["LOS"].median() < 2.4
    days = (admissions["DISCHTIME"] - admissions["ADMITTIME"]).dt.total_seconds() / 86_400
    assert 6.3 < days.median() < 7.9
    assert 1.2 < len(admissions) / len(tables["PATIENTS"]) < 1.35
    assert set(stays["FIRST_CAREUNIT"]) == {"CCU", "CSRU", "MICU", "SICU", "TSICU"}


@pytest.mark.parametrize(
    ("column", "sign"),
    [
        *[("age", 1), (str(LACTATE), 1), ("220045", 1), ("220210", 1), ("51006", 1), ("50912", 1)],
        *[("220179", -1), ("220277", -1), ("223901", -1), ("50882", -1), ("51265", -1)],
    ],
)
def test_the_dead_looked_sicker(first_day, column, sign):
    rows = first_day.dropna(subset=column)
    estimate = auroc(rows["died"], sign * rows[column])
    assert estimate.low > 0.5 and estimate.high < 0.85, estimate


def test_death_is_predictable_but_not_given_away(first_day):
    model = make_pipeline(SimpleImputer(), StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    x, y = first_day.drop(columns="died"), first_day["died"]
    score = cross_val_predict(model, x, y, cv=5, method="predict_proba")[:, 1]
    estimate = auroc(y, score)
    assert 0.75 < estimate.value < 0.93 and estimate.high < 0.95, estimate


def test_sicker_patients_are_measured_more_often(tables, first_day):
    died = first_day["died"] == 1
    no_lactate = first_day[str(LACTATE)].isna()
    assert no_lactate[died].mean() < no_lactate[~died].mean() - 0.1
    counts = tables["LABEVENTS"].pivot_table(index="HADM_ID", columns="ITEMID", values="ROW_ID", aggfunc="count")
    lost = counts.index.isin(tables["ADMISSIONS"].query("HOSPITAL_EXPIRE_FLAG == 1")["HADM_ID"])
    asked = [counts[LACTATE][group].sum() / counts[SODIUM][group].sum() for group in (lost, ~lost)]
    assert asked[0] > 1.3 * asked[1], "le lactate se demande plus souvent, à prélèvements égaux, quand l'état est grave"
    stays = tables["ICUSTAYS"].merge(tables["ADMISSIONS"][["HADM_ID", "HOSPITAL_EXPIRE_FLAG"]], on="HADM_ID")
    rows = tables["CHARTEVENTS"].groupby("ICUSTAY_ID").size().reindex(stays["ICUSTAY_ID"]).fillna(0).to_numpy(float)
    per_hour = rows / np.minimum(stays["LOS"] * 24, 48)
    dead = stays["HOSPITAL_EXPIRE_FLAG"] == 1
    assert per_hour[dead].mean() > 1.1 * per_hour[~dead].mean()


def test_death_probability_rises_with_each_cause():
    base = pd.DataFrame({"severity": [0.0], "slope": [0.0], "age": [65.0], "neuro": [False], "shock": [False]})
    worse = {"severity": 1.0, "slope": 1.0, "age": 85.0, "neuro": True, "shock": True}
    usual = population.death_probability(base)[0]
    for name, value in worse.items():
        assert population.death_probability(base.assign(**{name: value}))[0] > usual + 0.02, name


def test_trembling_has_unit_spread_and_the_stated_memory():
    noise = trembling((4000, 48), np.random.default_rng(0))
    np.testing.assert_allclose(noise.std(axis=0), 1, atol=0.06)
    assert abs(np.corrcoef(noise[:, 20], noise[:, 21])[0, 1] - 0.7) < 0.04


@pytest.mark.parametrize("name", SIGNALS)
def test_a_signal_follows_its_state_and_stays_in_its_bounds(name):
    signal = SIGNALS[name]
    stays = pd.DataFrame(0.0, index=range(400), columns=[f"own_{name}", *signal.effects])
    low, high = (measure(name, np.full((400, 4), level), stays, np.random.default_rng(1)) for level in (-2.0, 3.0))
    assert np.sign(high.mean() - low.mean()) == np.sign(signal.state)
    extreme = measure(name, np.full((400, 4), 60.0), stays, np.random.default_rng(1))
    assert signal.bounds[0] <= extreme.min() and extreme.max() <= signal.bounds[1]


def with_code(tables: dict[str, pd.DataFrame], code: str) -> pd.Series:
    rows = tables["DIAGNOSES_ICD"]
    return tables["ADMISSIONS"]["HADM_ID"].isin(rows.loc[rows["ICD9_CODE"] == code, "HADM_ID"])


@pytest.mark.parametrize(
    ("code", "drugs"),
    [
        ("0389", ["Vancomycin", "Piperacillin-Tazobactam Na", "CefTRIAXone"]),
        ("25000", ["Insulin", "Insulin Regular Human"]),
        ("4280", ["Furosemide"]),
        ("78552", ["Norepinephrine"]),
    ],
)
def test_prescriptions_fit_the_diagnoses(tables, code, drugs):
    rows = tables["PRESCRIPTIONS"]
    treated = tables["ADMISSIONS"]["HADM_ID"].isin(rows.loc[rows["DRUG"].isin(drugs), "HADM_ID"])
    ill = with_code(tables, code)
    assert treated[ill].mean() > 0.8 and treated[~ill].mean() < 0.1


def test_codes_fit_the_laboratory(tables):
    labs = tables["LABEVENTS"].query("ITEMID == 50912").groupby("HADM_ID")["VALUENUM"].max()
    creatinine = labs.reindex(tables["ADMISSIONS"]["HADM_ID"]).to_numpy(dtype=float)
    failing = with_code(tables, "5849").to_numpy()
    assert np.nanmedian(creatinine[failing]) > 1.5 * np.nanmedian(creatinine[~failing])


def test_diagnoses_are_numbered_from_one_without_repeats(tables):
    rows = tables["DIAGNOSES_ICD"]
    assert (rows["SEQ_NUM"] == rows.groupby("HADM_ID").cumcount() + 1).all()
    assert not rows.duplicated(["HADM_ID", "ICD9_CODE"]).any()
    assert set(rows["HADM_ID"]) == set(tables["ADMISSIONS"]["HADM_ID"])


def test_the_first_diagnosis_is_the_reason_of_the_admission(tables):
    first = tables["DIAGNOSES_ICD"].query("SEQ_NUM == 1").set_index("HADM_ID")["ICD9_CODE"]
    pairs = set(zip(tables["ADMISSIONS"]["DIAGNOSIS"], tables["ADMISSIONS"]["HADM_ID"].map(first), strict=True))
    assert pairs == {(registry.DIAGNOSIS[reason], code) for reason, code in care.PRINCIPAL.items()}


def test_outpatient_labs_have_no_admission_and_come_before(tables):
    outside = tables["LABEVENTS"][tables["LABEVENTS"]["HADM_ID"].isna()]
    first = tables["ADMISSIONS"].groupby("SUBJECT_ID")["ADMITTIME"].first()
    assert (outside["CHARTTIME"] < outside["SUBJECT_ID"].map(first)).all()
    observed(outside["SUBJECT_ID"].nunique(), len(first), 1 / 6)
