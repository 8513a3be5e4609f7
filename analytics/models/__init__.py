"""All tables of what is learned."""

from .boards import Board, BoardTile, FirstBoard, RoleBoard, TileKind
from .deals import DealPrediction, DealScore
from .forecasts import SalesDay, SalesForecast
from .groups import CustomerGroup, Grouping, GroupMember, GroupMonth
from .lifecycle import ModelVersion, TrainingRun
from .metrics import CustomerMonth, MetricFigure
from .protected import FieldRuling
from .recommendations import ProductDecline, Recommendation
from .rehearsals import DealRehearsal, Rehearsal
from .reports import Report, ReportCounted, ReportDay, ReportResult, ReportSpec, ReportStale
from .sales import RiskCell, SalesMonth
from .scores import Feedback, Prediction, Score, ScoreQuerySet
from .task_names import CONTRACTS, LEAD, WIN, Band, ScoredTask, task_label
from .text import MessageVector, MoodFit, TopicFit

__all__ = [
    "CONTRACTS",
    "LEAD",
    "WIN",
    "Band",
    "Board",
    "BoardTile",
    "CustomerGroup",
    "CustomerMonth",
    "DealPrediction",
    "DealRehearsal",
    "DealScore",
    "Feedback",
    "FieldRuling",
    "FirstBoard",
    "GroupMember",
    "GroupMonth",
    "Grouping",
    "MessageVector",
    "MetricFigure",
    "ModelVersion",
    "MoodFit",
    "Prediction",
    "ProductDecline",
    "Recommendation",
    "Rehearsal",
    "Report",
    "ReportCounted",
    "ReportDay",
    "ReportResult",
    "ReportSpec",
    "ReportStale",
    "RiskCell",
    "RoleBoard",
    "SalesDay",
    "SalesForecast",
    "SalesMonth",
    "Score",
    "ScoreQuerySet",
    "ScoredTask",
    "TileKind",
    "TopicFit",
    "TrainingRun",
    "task_label",
]
