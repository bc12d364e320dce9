import pytest

from humanpose3d.loaders.networks.plan import (
    PlanError,
    count_layers,
    require_agreement,
    require_config,
    require_heads,
    width_of,
)

ABSURD = [10**9, -1, 0, True, "8", None, 8.0, float("nan"), [8], 10**400]


def layers(*indices: object) -> dict[str, tuple[int, ...]]:
    return {f"layers.{i}.norm1.bias": (8,) for i in indices}


def test_layers_are_counted() -> None:
    assert count_layers({**layers(0, 1, 2), "other.7.x": (1,)}, "layers.") == 3


@pytest.mark.parametrize("indices", [(), (1,), (0, 2), (0, 999_999_999), ("00",), range(65), (-1,), (0, "1 ", 2)])
def test_other_numberings_are_refused(indices: tuple[object, ...]) -> None:
    with pytest.raises(PlanError, match="layers"):
        count_layers(layers(*indices), "layers.")


@pytest.mark.parametrize("shape", [(), (17,), (17, 3), (17, 10**9), (17, 0)])
def test_widths_that_no_network_has_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(PlanError, match="table has the shape"):
        width_of({"table": shape}, "table", 1)
    with pytest.raises(PlanError, match="no tensor table"):
        width_of({}, "table", 1)


@pytest.mark.parametrize("value", ABSURD)
def test_a_setting_must_be_what_the_tensors_say(value: object) -> None:
    with pytest.raises(PlanError, match=r"num_layers = .*tensors say 2"):
        require_agreement({"num_layers": value}, "num_layers", 2)


@pytest.mark.parametrize("value", [1, 0, None, "False", 10**9])
def test_a_switch_must_be_one(value: object) -> None:
    with pytest.raises(PlanError, match="use_elepose"):
        require_agreement({"use_elepose": value}, "use_elepose", False)


def test_only_optional_settings_may_be_missing() -> None:
    require_agreement({}, "d_model", 8, optional=True)
    with pytest.raises(PlanError, match="no d_model"):
        require_agreement({}, "d_model", 8)


@pytest.mark.parametrize("value", [*ABSURD, 5, 256])
def test_heads_must_divide_the_channels(value: object) -> None:
    with pytest.raises(PlanError, match=r"num_heads is .*128 channels"):
        require_heads({"num_heads": value}, "num_heads", 128)


def test_heads_may_have_a_default() -> None:
    assert require_heads({}, "n_heads", 128, default=4) == 4
    assert require_heads({"n_heads": 8}, "n_heads", 128, default=4) == 8
    with pytest.raises(PlanError, match="no n_heads"):
        require_heads({}, "n_heads", 128)


@pytest.mark.parametrize("config", [None, [1], "d_model", 3])
def test_a_config_must_be_a_dictionary(config: object) -> None:
    with pytest.raises(PlanError, match="not a dictionary"):
        require_config({"config": config})
    with pytest.raises(PlanError, match="no config"):
        require_config({})
