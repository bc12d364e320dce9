"""OpenSim's own tools on trials of which the truth is known."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from humanpose3d.formats.mot import read_mot, write_mot
from humanpose3d.formats.trc import read_trc, write_trc
from humanpose3d.kinematics.angles import joint_angles
from humanpose3d.kinematics.opensim import opensim_coordinates
from humanpose3d.opensim.errors import OpenSimError
from humanpose3d.opensim.installed import find_model_files
from humanpose3d.opensim.inverse_kinematics import Solution, scale_and_solve
from humanpose3d.pipeline.trajectories import Markers

Solve = Callable[..., Solution]
OpenSim = Callable[..., str]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def solution(solve: Solve, walk: Markers, tmp_path_factory: pytest.TempPathFactory) -> Solution:
    return solve(tmp_path_factory.mktemp("solved") / "Jörgs walk", walk, stem="Jörgs walk")


def column(solution: Solution, name: str) -> np.ndarray:
    return solution.motion.values[:, solution.motion.names.index(name)]


@pytest.mark.parametrize(("joint", "coordinate", "most"), [("knee", "knee_angle", 5.0), ("hip", "hip_flexion", 5.0)])
@pytest.mark.parametrize("side", ["R", "L"])
def test_flexion_is_that_of_the_truth(
    solution: Solution, walk: Markers, joint: str, coordinate: str, most: float, side: str
) -> None:
    true = joint_angles(walk.times, walk.names, walk.positions)[f"{joint}_{side}"][:, 0]
    errors = column(solution, f"{coordinate}_{side.lower()}") - true
    assert np.sqrt(np.mean(errors**2)) < most


def test_the_model_fits_the_markers(solution: Solution) -> None:
    assert solution.rms < 0.025
    table = next(path for path in solution.files if path.name == "Jörgs walk_ik_marker_errors.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "marker,rms_mm,max_mm,frames"
    assert len(lines) == 1 + len(solution.marker_errors) == 1 + 22
    assert lines[1].startswith("Hip,") and lines[1].endswith(",40")


def test_the_lower_back_is_held_straight_where_nothing_shows_the_pelvis(solution: Solution) -> None:
    assert np.abs(column(solution, "L5_S1_Flex_Ext")).max() < 3


def test_a_scaled_model_has_the_mass_and_the_bones_of_the_person(solution: Solution, opensim_tools: OpenSim) -> None:
    scaled = next(path for path in solution.files if path.name.endswith("_scaled.osim"))
    printed = opensim_tools(
        scaled.parent,
        f"""
model = opensim.Model({scaled.name!r})
state = model.initSystem()
print("mass", model.getTotalMass(state))
""",
    )
    assert float(printed.partition("mass ")[2].split()[0]) == pytest.approx(75, abs=0.01)
    assert "Couldn't find file" not in printed  # the shape of each bone was found


def test_pressing_run_in_the_window_gives_the_same(solution: Solution, opensim_tools: OpenSim, tmp_path: Path) -> None:
    """The window reads the set-up files and calls these tools; the folder may have been moved."""
    for path in solution.files:
        if path.suffix in (".xml", ".trc") or path.name.endswith("_generic.osim"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    opensim_tools(
        tmp_path,
        """
opensim.ScaleTool("Jörgs walk_scale_setup.xml").run()
opensim.InverseKinematicsTool("Jörgs walk_ik_setup.xml").run()
""",
    )
    again = read_mot(tmp_path / "Jörgs walk_ik.mot")
    assert again.names == solution.motion.names
    np.testing.assert_allclose(again.values, solution.motion.values, atol=1e-3)


def with_gaps(positions: np.ndarray) -> np.ndarray:
    gaps = positions.copy()
    gaps[0] = gaps[15:21] = gaps[38:] = np.nan  # frames without any marker
    gaps[5:12, 2:5] = gaps[25:30, 7] = np.nan  # and without some
    return gaps


def test_gaps_are_no_obstacle(solve: Solve, walk: Markers, solution: Solution, tmp_path: Path) -> None:
    found = solve(tmp_path, walk, with_gaps(walk.positions))
    seen = [*range(1, 15), *range(21, 38)]
    np.testing.assert_allclose(found.motion.times, walk.times[seen], atol=1e-6)
    whole = column(solution, "hip_flexion_r")[seen]
    assert np.abs(column(found, "hip_flexion_r") - whole)[[2, 20, -1]].max() < 1
    assert found.marker_errors["RKnee"][2] == len(seen) - 7


def test_markers_and_motion_of_a_run_go_through_the_tools_of_opensim_as_they_are(
    walk: Markers, opensim_tools: OpenSim, tmp_path: Path
) -> None:
    """ScaleTool and inverse kinematics with the set-up files of Pose2Sim, unchanged but for the names of files."""
    positions = with_gaps(walk.positions)
    write_trc(tmp_path / "walk.trc", walk.names, walk.times, positions, rate=30)
    angles = joint_angles(walk.times, walk.names, positions)
    names, values = opensim_coordinates(angles, positions[:, 0])
    write_mot(tmp_path / "walk.mot", names, walk.times, values)
    model = find_model_files(False)
    trial = read_trc(tmp_path / "walk.trc")
    first, last = trial.times[0], trial.times[-1]
    for template, name, texts in (
        (model.scaling, "scale.xml", {"model_file": str(model.model), "output_model_file": "scaled.osim"}),
        (
            model.inverse_kinematics,
            "ik.xml",
            {"model_file": "scaled.osim", "output_motion_file": "ik.mot", "coordinate_file": "walk.mot"},
        ),
    ):
        tree = ElementTree.parse(template)
        tree.getroot()[0].set("name", "walk")
        for element in tree.iter():
            text = {**texts, "marker_file": "walk.trc", "time_range": f"{first} {last}"}.get(element.tag)
            element.text = element.text if text is None else text
        for element in tree.iter("marker_set_file"):
            element.text = "markers.xml"
        for element in tree.iter("scaling_order"):
            element.text = "measurements"
        for element in tree.iter("IKCoordinateTask"):
            element.set("name", "knee_angle_r")
            element.find("value_type").text = "from_file"  # type: ignore[union-attr]
        tree.write(tmp_path / name)
    (tmp_path / "markers.xml").write_bytes(model.markers.read_bytes())
    opensim_tools(tmp_path, "opensim.ScaleTool('scale.xml').run(); opensim.InverseKinematicsTool('ik.xml').run()")
    solved = read_mot(tmp_path / "ik.mot")
    assert len(solved.times) == len(trial.times)
    assert np.isfinite(solved.values).all()


def test_a_single_frame_is_solved(solve: Solve, walk: Markers, tmp_path: Path) -> None:
    one = Markers(walk.times[:1], walk.names, walk.positions[:1], walk.visibility[:1])
    assert solve(tmp_path, one).motion.times.tolist() == [0]


def test_a_person_who_lies_is_solved(solve: Solve, walk: Markers, solution: Solution, tmp_path: Path) -> None:
    lying = walk.positions @ Rotation.from_euler("z", 90, degrees=True).as_matrix().T
    found = solve(tmp_path, walk, lying)
    np.testing.assert_allclose(column(found, "knee_angle_r"), column(solution, "knee_angle_r"), atol=2)


def test_a_trial_without_markers_is_refused(solve: Solve, walk: Markers, tmp_path: Path) -> None:
    with pytest.raises(OpenSimError, match="this trial has none in any frame"):
        solve(tmp_path, walk, np.full_like(walk.positions, np.nan))


def test_an_own_model_without_our_markers_is_refused(walk: Markers, opensim_tools: OpenSim, tmp_path: Path) -> None:
    own = find_model_files(False, find_model_files(False).model)  # Pose2Sim's has no markers of its own
    with pytest.raises(OpenSimError, match="the model has 0 of our markers, and it takes at least 6; --osim-markers"):
        scale_and_solve(tmp_path, "walk", walk.names, walk.times, walk.positions, own)


def test_an_own_model_with_our_markers_is_solved(
    walk: Markers, solution: Solution, opensim_tools: OpenSim, tmp_path: Path
) -> None:
    generic = next(path for path in solution.files if path.name.endswith("_generic.osim"))
    own = find_model_files(True, generic)
    assert not own.anatomical
    found = scale_and_solve(tmp_path, "walk", walk.names, walk.times, walk.positions, own, mass=75, joint_centres=False)
    np.testing.assert_allclose(column(found, "knee_angle_r"), column(solution, "knee_angle_r"), atol=0.1)


def test_a_model_that_is_none_is_one_sentence(walk: Markers, opensim_tools: OpenSim, tmp_path: Path) -> None:
    (tmp_path / "my model.osim").write_text("I am no model.", encoding="utf-8")
    (tmp_path / "out").mkdir()
    own = find_model_files(False, tmp_path / "my model.osim")
    with pytest.raises(OpenSimError, match=r"^OpenSim failed: .*my model\.osim .* is no model that it can read"):
        scale_and_solve(tmp_path / "out", "walk", walk.names, walk.times, walk.positions, own)


def test_a_model_that_is_not_there_is_named(opensim_tools: OpenSim, tmp_path: Path) -> None:
    with pytest.raises(OpenSimError, match=r"There is no file .*absent\.osim; --osim takes a model"):
        find_model_files(False, tmp_path / "absent.osim")
