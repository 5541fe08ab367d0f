"""Reads a mapping file and holds it against an archive's schemas and protocols.

Knows: the file's words, and how an error names its place. Must not know: rows, the wiki.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from commarchive.errors import Finding, ManifestError
from commarchive.ingest.checks import CheckError, check_policy
from commarchive.ingest.mapping import (
    By,
    Given,
    PolicyRule,
    RecordRule,
    RowMapping,
    SnakRule,
    StatementRule,
    TableRule,
)
from commarchive.ingest.values import DATATYPES, parse_value
from commarchive.manifest.checked import Checked, load_checked, one_of
from commarchive.model.archive import Archive
from commarchive.model.schema import Schema

Steps = tuple[str | int, ...]

_POLICY = ("community", "access_condition", "record_state", "outsiders_see")


def load_mapping(path: Path, schema: Schema, archive: Archive, *, root: Path) -> RowMapping:
    """The mapping in a file; `root` is the folder from which errors name it.

    Raises:
        ManifestError: something in it is wrong, or does not fit the schemas or protocols; lists every finding.
    """
    checked = load_checked(path, _json_schema(), root=root)
    if checked.findings:
        raise ManifestError(checked.findings)
    reading = _Reading(checked, schema, archive)
    mapping = reading.mapping()
    if reading.findings:
        raise ManifestError(reading.findings)
    return mapping


@cache
def _json_schema() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(Path(__file__).with_name("mapping.json").read_text("utf-8"))
    return schema


class _Reading:
    def __init__(self, checked: Checked, schema: Schema, archive: Archive) -> None:
        self._checked = checked
        self._data: Mapping[str, Any] = checked.data
        self._schema = schema
        self._archive = archive
        self.findings: list[Finding] = []

    def mapping(self) -> RowMapping:
        tables = self._data.get("tables", {})
        return RowMapping(
            id=self._data["id"],
            key=tuple(self._data["key"]),
            record=self._record(self._data, (), in_table=False),
            tables={name: self._table(name, data, ("tables", name)) for name, data in tables.items()},
            delimiter=self._data.get("delimiter", ","),
        )

    def _table(self, name: str, data: Mapping[str, Any], at: Steps) -> TableRule:
        if ("file" in data) == ("rows" in data):
            self._find(at, "a table is either in a file or written here", "`file` or `rows`")
        rule = TableRule(
            name=name,
            match=data["match"],
            record=self._record(data, at, in_table=True),
            file=data.get("file", ""),
            rows=tuple(data.get("rows", ())),
            wikidata=data.get("wikidata"),
        )
        if rule.wikidata is not None and "wikidata-item" not in self._schema.properties:
            self._find((*at, "wikidata"), "the schemas have no property `wikidata-item`", "the pack `core`")
        for number, row in enumerate(rule.rows):
            for column in sorted(set(rule.columns()) - row.keys()):
                self._find((*at, "rows", number), f"the column `{column}` is missing", f"`{column}`")
        return rule

    def _record(self, data: Mapping[str, Any], at: Steps, *, in_table: bool) -> RecordRule:
        item = self._schema.items.get(data["class"])
        if item is None or not item.is_class:
            classes = [slug for slug, definition in self._schema.items.items() if definition.is_class]
            self._find((*at, "class"), f"`{data['class']}` is no class", one_of(classes, data["class"]))
        if not any(definition.instance_of for definition in self._schema.properties.values()):
            self._find((*at, "class"), "the schemas have no property for a record's class", "the pack `core`")
        statements = data.get("statements", [])
        return RecordRule(
            cls=data["class"],
            policy=self._policy(data["policy"], (*at, "policy")),
            labels=self._terms(data, "labels", at),
            descriptions=self._terms(data, "descriptions", at),
            aliases={lang: (a["column"], a.get("separator", "")) for lang, a in data.get("aliases", {}).items()},
            statements=tuple(
                self._statement(statement, (*at, "statements", number), in_table=in_table)
                for number, statement in enumerate(statements)
            ),
        )

    def _terms(self, data: Mapping[str, Any], word: str, at: Steps) -> dict[str, Given]:
        return {lang: self._given(given, (*at, word, lang)) for lang, given in data.get(word, {}).items()}

    def _policy(self, data: Mapping[str, Any], at: Steps) -> PolicyRule:
        rule = PolicyRule(**{word: self._given(data[word], (*at, word)) for word in _POLICY if word in data})
        constants = {
            word: given.value
            for word in _POLICY
            if (given := getattr(rule, word)) is not None and given.column is None and given.value
        }
        for word, problem in check_policy(constants, self._archive):
            self._find((*at, word), str(problem), problem.expected)
        return rule

    def _given(self, data: Mapping[str, Any], at: Steps) -> Given:
        if len(data) != 1:
            self._find(at, "a text is either in a column or written here", "`{column: NAME}` or `{value: TEXT}`")
        return Given(data.get("column"), data.get("value", ""))

    def _statement(self, data: Mapping[str, Any], at: Steps, *, in_table: bool) -> StatementRule:
        named = self._data.get("references", {})
        for number, name in enumerate(data.get("references", ())):
            if name not in named:
                place = (*at, "references", number)
                self._find(place, f"the mapping has no reference `{name}`", one_of(named, name))
        chosen = [name for name in data.get("references", named) if name in named]
        condition = data.get("condition")
        return StatementRule(
            main=self._snak(data, at, in_table=in_table),
            separator=data.get("separator", ""),
            required=data.get("required", False),
            condition=None if condition is None else self._condition(condition, (*at, "condition")),
            qualifiers=tuple(
                self._snak(qualifier, (*at, "qualifiers", number), in_table=in_table)
                for number, qualifier in enumerate(data.get("qualifiers", ()))
            ),
            references=tuple(
                tuple(
                    self._snak(snak, ("references", name, number), in_table=in_table)
                    for number, snak in enumerate(named[name])
                )
                for name in chosen
            ),
        )

    def _condition(self, data: Mapping[str, Any], at: Steps) -> Given:
        given = self._given(data, at)
        if given.column is None and given.value:
            for _, problem in check_policy({"access_condition": given.value}, self._archive):
                self._find(at, str(problem), problem.expected)
        return given

    def _snak(self, data: Mapping[str, Any], at: Steps, *, in_table: bool) -> SnakRule:
        slug = data["property"]
        definition = self._schema.properties.get(slug)
        if definition is None:
            self._find(
                (*at, "property"), f"the schemas have no property `{slug}`", one_of(self._schema.properties, slug)
            )
        elif definition.control is not None:
            self._find((*at, "property"), f"`{slug}` decides who sees a record", "`policy` or `condition`")
        elif definition.datatype not in DATATYPES:
            self._find((*at, "property"), f"values of datatype `{definition.datatype}` cannot be taken in", "")
        datatype = definition.datatype if definition is not None and definition.datatype in DATATYPES else ""
        if ("column" in data) == ("value" in data):
            self._find(at, "a value is either in a column or written here", "`column` or `value`")
        rule = SnakRule(
            property=slug,
            datatype=datatype,
            given=Given(data.get("column"), data.get("value", "")),
            by=By(data["by"]) if "by" in data else None,
            table=data.get("table", ""),
            slugs=data.get("slugs", {}),
            language=data.get("language", ""),
            precision=data.get("precision", ""),
            unit=data.get("unit", "1"),
        )
        if datatype:
            self._check_options(data, rule, at)
            self._check_item(rule, at, in_table=in_table)
            self._check_constant(rule, at)
        return rule

    def _check_options(self, data: Mapping[str, Any], rule: SnakRule, at: Steps) -> None:
        fitting = {"language": "monolingualtext", "precision": "time", "unit": "quantity", "by": "wikibase-item"}
        for word, datatype in fitting.items():
            if word in data and rule.datatype != datatype:
                self._find((*at, word), f"`{rule.property}` has datatype `{rule.datatype}`", f"no `{word}`")
        for word in ("language", "by"):
            if word not in data and rule.datatype == fitting[word]:
                expected = "such as `fi`" if word == "language" else one_of([str(by) for by in By])
                self._find(at, f"`{rule.property}` has datatype `{rule.datatype}` and needs `{word}`", expected)
        for word, by in (("table", By.TABLE), ("slugs", By.SLUG)):
            if word in data and rule.by is not by:
                self._find((*at, word), f"`{word}` says something only where items are found by {by}", f"`by: {by}`")

    def _check_item(self, rule: SnakRule, at: Steps, *, in_table: bool) -> None:
        tables: Collection[str] = self._data.get("tables", {})
        match rule.by:
            case By.TABLE if in_table:
                self._find((*at, "by"), "a table cannot refer to a table", "`slug` or `wikidata`")
            case By.TABLE if rule.table not in tables:
                self._find((*at, "table"), f"the mapping has no table `{rule.table}`", one_of(tables, rule.table))
            case By.SLUG:
                for cell, slug in rule.slugs.items():
                    if slug not in self._schema.items:
                        place = (*at, "slugs", cell)
                        self._find(place, f"the schemas have no item `{slug}`", one_of(self._schema.items, slug))

    def _check_constant(self, rule: SnakRule, at: Steps) -> None:
        text = rule.given.value
        if rule.given.column is not None or not text:
            return
        if rule.by is By.SLUG and rule.slugs.get(text, text) not in self._schema.items:
            self._find((*at, "value"), f"the schemas have no item `{text}`", one_of(self._schema.items, text))
        elif rule.by is None:
            try:
                parse_value(text, rule)
            except CheckError as problem:
                self._find((*at, "value"), str(problem), problem.expected)

    def _find(self, at: Steps, message: str, expected: str) -> None:
        finding = self._checked.finding(at, message, expected)
        if finding not in self.findings:
            self.findings.append(finding)
