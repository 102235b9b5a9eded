"""The functions, types and syntax that a statement may be made of: all others are refused.

Listed by sqlglot's classes; names are for functions that it knows only as names. What is not here
reads files, calls the network, sleeps, changes settings, sees the system, takes locks, makes rows
or texts without bound, differs from run to run, or simply was never needed.
"""

from __future__ import annotations

from sqlglot import exp

AGGREGATES = (
    exp.AnyValue, exp.ApproxDistinct, exp.ApproxQuantile, exp.ArgMax, exp.ArgMin, exp.ArrayAgg,
    exp.Avg, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.Corr, exp.Count, exp.CountIf, exp.CovarPop,
    exp.CovarSamp, exp.GroupConcat, exp.LogicalAnd, exp.LogicalOr, exp.Max, exp.Median, exp.Min,
    exp.Mode, exp.PercentileCont, exp.PercentileDisc, exp.Quantile, exp.RegrAvgx, exp.RegrAvgy,
    exp.RegrCount, exp.RegrIntercept, exp.RegrR2, exp.RegrSlope, exp.RegrSxx, exp.RegrSxy,
    exp.RegrSyy, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Sum, exp.Variance, exp.VariancePop,
)  # fmt: skip
_WINDOW = (
    exp.CumeDist, exp.DenseRank, exp.FirstValue, exp.Lag, exp.LastValue, exp.Lead, exp.NthValue,
    exp.Ntile, exp.PercentRank, exp.Rank, exp.RowNumber,
)  # fmt: skip
_DATE = (
    exp.CurrentDate, exp.CurrentTimestamp, exp.Date, exp.DateAdd, exp.DateBin, exp.DateDiff,
    exp.DateFromParts, exp.DateSub, exp.DateTrunc, exp.Day, exp.DayOfMonth, exp.DayOfWeek,
    exp.DayOfWeekIso, exp.DayOfYear, exp.Dayname, exp.Extract, exp.Hour, exp.JustifyDays,
    exp.JustifyHours, exp.JustifyInterval, exp.LastDay, exp.MakeInterval, exp.Minute, exp.Month,
    exp.Monthname, exp.Quarter, exp.Second, exp.StrToDate, exp.StrToTime, exp.TimeToStr,
    exp.TimeToUnix, exp.TimestampDiff, exp.TimestampFromParts, exp.TimestampTrunc, exp.ToChar,
    exp.TsOrDsToDate, exp.UnixToTime, exp.Week, exp.WeekOfYear, exp.Year,
)  # fmt: skip
_TEXT = (
    exp.Ascii, exp.Chr, exp.Concat, exp.ConcatWs, exp.Contains, exp.EndsWith, exp.Initcap, exp.Left,
    exp.Length, exp.Lower, exp.MD5, exp.Overlay, exp.Pad, exp.RegexpCount, exp.RegexpExtract,
    exp.RegexpFullMatch, exp.RegexpLike, exp.RegexpILike, exp.RegexpReplace, exp.RegexpSubstr,
    exp.Replace, exp.Reverse, exp.Right, exp.Split, exp.SplitPart, exp.StartsWith, exp.StrPosition,
    exp.StringToArray, exp.Substring, exp.Translate, exp.Trim, exp.Upper,
)  # fmt: skip
_MATH = (
    exp.Abs, exp.Cbrt, exp.Ceil, exp.Degrees, exp.Exp, exp.Floor, exp.Greatest, exp.Least, exp.Ln,
    exp.Log, exp.Pi, exp.Pow, exp.Radians, exp.Round, exp.Sign, exp.Sqrt, exp.ToNumber, exp.Trunc,
    exp.WidthBucket,
)  # fmt: skip
_OTHER = (
    exp.And, exp.Array, exp.ArraySize, exp.ArrayToString, exp.Case, exp.Cast, exp.Coalesce,
    exp.Exists, exp.Grouping, exp.If, exp.IsNan, exp.JSONExtract, exp.JSONExtractScalar,
    exp.Nullif, exp.Or, exp.TryCast, exp.Unnest, exp.Uuid,
)  # fmt: skip
_SYNTAX = (
    exp.Add, exp.Alias, exp.All, exp.Any, exp.AtTimeZone, exp.Between, exp.BitwiseAnd,
    exp.BitwiseNot, exp.BitwiseOr, exp.Boolean, exp.Bracket, exp.CTE, exp.Column, exp.Cube,
    exp.DPipe, exp.DataType, exp.DataTypeParam, exp.Distinct, exp.Div, exp.EQ, exp.Escape,
    exp.Except, exp.Fetch, exp.Filter, exp.From, exp.GT, exp.GTE, exp.Group, exp.GroupingSets,
    exp.Having, exp.ILike, exp.Identifier, exp.IgnoreNulls, exp.In, exp.IntDiv, exp.Intersect,
    exp.Interval, exp.IntervalSpan, exp.Is, exp.JSONPath, exp.JSONPathKey, exp.JSONPathRoot,
    exp.JSONPathSubscript, exp.Join, exp.LT, exp.LTE, exp.Lateral, exp.Like, exp.Limit,
    exp.LimitOptions, exp.Literal, exp.Mod, exp.Mul, exp.NEQ, exp.Neg, exp.Not, exp.Null,
    exp.NullSafeEQ, exp.NullSafeNEQ, exp.Offset, exp.Order, exp.Ordered, exp.Paren, exp.Qualify,
    exp.RespectNulls, exp.Rollup, exp.Select, exp.SimilarTo, exp.Slice, exp.Star, exp.Sub,
    exp.Subquery, exp.Table, exp.TableAlias, exp.Tuple, exp.Union, exp.Values, exp.Var, exp.Where,
    exp.Window, exp.WindowSpec, exp.With, exp.WithinGroup, exp.Xor,
)  # fmt: skip

ALLOWED_NODES = frozenset({*AGGREGATES, *_WINDOW, *_DATE, *_TEXT, *_MATH, *_OTHER, *_SYNTAX})
"""Classes of sqlglot's nodes that may be in a statement; exactly these, not their subclasses."""

NAMED_AGGREGATES = frozenset({"every", "quantile_cont", "quantile_disc"})
NAMED_FUNCTIONS = NAMED_AGGREGATES | {
    "age", "array_upper", "bit_length", "btrim", "cardinality", "date", "date_part", "epoch",
    "isfinite", "isodow", "jsonb_array_length", "json_array_length", "make_date", "make_time",
    "now", "octet_length", "rank", "regexp_match", "round_even", "statement_timestamp", "strftime",
    "strptime", "to_days", "to_months", "to_years", "transaction_timestamp", "weekday",
}  # fmt: skip
"""Functions that sqlglot has no class for, by lower-case name."""

_T = exp.DataType.Type
ALLOWED_TYPES = frozenset(
    {
        _T.ARRAY, _T.BIGINT, _T.BOOLEAN, _T.BPCHAR, _T.CHAR, _T.DATE, _T.DATETIME, _T.DECIMAL,
        _T.DOUBLE, _T.FLOAT, _T.INT, _T.INT128, _T.INTERVAL, _T.JSON, _T.JSONB, _T.LIST, _T.MONEY,
        _T.NCHAR, _T.NVARCHAR, _T.SMALLINT, _T.TEXT, _T.TIME, _T.TIMESTAMP, _T.TIMESTAMPNTZ,
        _T.TIMESTAMPLTZ, _T.TIMESTAMPTZ, _T.TIMETZ, _T.TINYINT, _T.UBIGINT, _T.UINT, _T.USMALLINT,
        _T.UTINYINT, _T.UUID, _T.VARCHAR,
    }
)  # fmt: skip
"""Types to cast to: none of the system's (`regclass` looks names up), none defined by a user."""

ALLOWED_ARGUMENTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        {"expressions", "from_", "joins", "laterals", "where", "group", "having", "windows"}
        | {"qualify", "order", "limit", "offset", "distinct", "with_"}
    ),
    exp.Table: frozenset({"this", "db", "catalog", "alias"}),
    exp.Join: frozenset({"this", "on", "using", "side", "kind"}),
    exp.Subquery: frozenset({"this", "alias", "order", "limit", "offset", "with_"}),
    exp.Star: frozenset(),
    exp.Lateral: frozenset({"this", "alias"}),
    exp.Unnest: frozenset({"expressions", "alias", "offset"}),
    exp.Limit: frozenset({"expression"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Union: frozenset({"this", "expression", "distinct", "order", "limit", "offset", "with_"}),
    exp.Intersect: frozenset(
        {"this", "expression", "distinct", "order", "limit", "offset", "with_"}
    ),
    exp.Except: frozenset({"this", "expression", "distinct", "order", "limit", "offset", "with_"}),
    exp.Group: frozenset({"expressions", "grouping_sets", "rollup", "cube", "all"}),
}
"""For nodes that can take locks, hints or samples as arguments: the arguments they may have."""

ARGUMENT_WORDS = {
    "locks": ("lock", "a row lock (FOR UPDATE, FOR SHARE)"),
    "into": ("into", "INTO, which writes a table"),
    "sample": ("unsupported", "TABLESAMPLE"),
    "only": ("unsupported", "ONLY"),
    "method": ("unsupported", "NATURAL or ASOF JOIN: write ON with the columns"),
    "recursive": ("recursion", "WITH RECURSIVE"),
    "hint": ("unsupported", "a hint"),
    "except_": ("unsupported", "* EXCLUDE: name the columns"),
    "replace": ("unsupported", "* REPLACE: name the columns"),
    "rename": ("unsupported", "* RENAME: name the columns"),
    "db": ("unsupported", "a column with its schema: name it by its table's alias"),
}
"""Arguments that are refused, as `(kind of issue, words)`."""

MAX_PADDING = 1_000
MAX_SERIES = 10_000
"""Rows that `generate_series` may make."""
