"""Every path and every environment variable of the project: the only module that reads or sets the environment.

Here belong names, defaults and the folder layout under the warehouse. What is done with them does not.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SEGMENTERS = ("jieba", "rjieba")


class SettingsError(ValueError):
    """An environment variable holds something unusable; the message is Chinese and names it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One corpus (``raw_dir``), one warehouse (``warehouse_dir``), and how to work. All paths are absolute."""

    raw_dir: Path
    warehouse_dir: Path
    workers: int
    """Processes that read documents; results are the same for any number."""
    segmenter: str
    lock_wait_seconds: float
    """How long a second writer waits for the first before it gives up."""
    keep_snapshots: int
    """Published snapshots kept on disk, the served one included."""
    dagster_home: Path
    corpus_dir: Path | None = None
    """Texts that evaluation may score by offsets and that are not part of the repository; ``None`` when not set."""

    @classmethod
    def from_environment(cls) -> Settings:
        """Read ``FAZHI_*``; what is not set lies inside the repository.

        Raises:
            SettingsError: a variable holds something unusable.
        """
        warehouse_dir = _path("FAZHI_WAREHOUSE_DIR", PROJECT_ROOT / "warehouse")
        segmenter = os.environ.get("FAZHI_SEGMENTER") or SEGMENTERS[0]
        if segmenter not in SEGMENTERS:
            raise SettingsError(f"环境变量 FAZHI_SEGMENTER 的值「{segmenter}」不可用，可选：{'、'.join(SEGMENTERS)}。")
        if segmenter == "rjieba" and find_spec("rjieba") is None:
            raise SettingsError(
                "环境变量 FAZHI_SEGMENTER 的值是「rjieba」，但没有安装它："
                "请执行 pip install 'fazhi-metrics[fast]'，或改回 jieba。"
            )
        return cls(
            raw_dir=_path("FAZHI_RAW_DIR", PROJECT_ROOT / "raw"),
            warehouse_dir=warehouse_dir,
            workers=int(_number("FAZHI_WORKERS", float(os.cpu_count() or 1), minimum=1)),
            segmenter=segmenter,
            lock_wait_seconds=_number("FAZHI_LOCK_WAIT", 10.0, minimum=0),
            keep_snapshots=int(_number("FAZHI_KEEP_SNAPSHOTS", 3.0, minimum=1)),
            dagster_home=_path("DAGSTER_HOME", warehouse_dir / "dagster"),
            corpus_dir=_path("FAZHI_CORPUS_DIR", PROJECT_ROOT) if os.environ.get("FAZHI_CORPUS_DIR") else None,
        )

    @property
    def dbt_dir(self) -> Path:
        """The dbt project."""
        return PROJECT_ROOT / "dbt"

    @property
    def catalogue_dir(self) -> Path:
        """The seeds that Python reads, too."""
        return self.dbt_dir / "seeds" / "catalogue"

    @property
    def review_dir(self) -> Path:
        """The corpus's steward files other than the register."""
        return self.raw_dir / "review"

    @property
    def register_file(self) -> Path:
        """The corpus's register."""
        return self.raw_dir / "reports.csv"

    @property
    def build_dir(self) -> Path:
        """What only the pipeline touches."""
        return self.warehouse_dir / "build"

    @property
    def build_file(self) -> Path:
        """The DuckDB file that is written to; nobody else opens it."""
        return self.build_dir / "fazhi.duckdb"

    @property
    def lock_file(self) -> Path:
        """Held by the one writer."""
        return self.build_dir / "writer.lock"

    @property
    def dbt_target_dir(self) -> Path:
        """dbt's manifest, compiled SQL and logs for this warehouse."""
        return self.build_dir / "dbt"

    @property
    def cache_dir(self) -> Path:
        """Dictionaries prepared for the segmenter."""
        return self.build_dir / "cache"

    @property
    def serving_dir(self) -> Path:
        """What readers see."""
        return self.warehouse_dir / "serving"

    @property
    def serving_file(self) -> Path:
        """Relative symbolic link to the newest snapshot: the path to give to SQL clients."""
        return self.serving_dir / "fazhi.duckdb"

    @property
    def snapshots_dir(self) -> Path:
        """Published files, one for each fingerprint."""
        return self.serving_dir / "snapshots"

    @property
    def export_dir(self) -> Path:
        """Published tables in other formats."""
        return self.warehouse_dir / "export"

    def export_environment(self) -> None:
        """Set what dbt's profile and Dagster read from the environment, and make Dagster's home folder."""
        self.dagster_home.mkdir(parents=True, exist_ok=True)
        self.build_dir.mkdir(parents=True, exist_ok=True)
        os.environ["DAGSTER_HOME"] = str(self.dagster_home)
        self.export_for_dbt()

    def export_for_dbt(self) -> None:
        """Set what dbt's profile reads, and keep dbt from calling home."""
        os.environ["FAZHI_BUILD_FILE"] = str(self.build_file)
        os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"


def _path(name: str, default: Path) -> Path:
    text = os.environ.get(name)
    return Path(text).expanduser().absolute() if text else default


def _number(name: str, default: float, *, minimum: float) -> float:
    text = os.environ.get(name)
    if not text:
        return default
    try:
        value = float(text)
    except ValueError:
        raise SettingsError(f"环境变量 {name} 应为数字，现为「{text}」。") from None
    if value < minimum:
        raise SettingsError(f"环境变量 {name} 不能小于 {minimum:g}，现为 {text}。")
    return value
