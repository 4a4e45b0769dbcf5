"""Go templates, by what docker's own command prints for them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyker.cli.template.errors import TemplateError
from pyker.cli.template.nodes import Record
from pyker.cli.template.parser import Template
from pyker.cli.template.verbs import GoMap, NilList, NilMap, format_go, quote

DOCUMENT: dict[str, Any] = {
    "Name": "/web",
    "Pid": 5,
    "State": {"Running": True, "Error": ""},
    "Args": ["a", "b"],
    "Labels": GoMap(b="2", a="1"),
    "Nothing": None,
    "Binds": NilList(),
    "Volumes": NilMap(),
}


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("plain", "plain"),
        ("{{.Name}}", "/web"),
        ("{{.State.Running}}", "true"),
        ("{{.State}}|{{.Args}}|{{.Labels}}", "{true }|[a b]|map[a:1 b:2]"),
        ("{{.Nothing}} {{.Binds}} {{.Volumes}}", "<nil> [] map[]"),
        ("{{json .Binds}} {{json .Volumes}} {{json .Labels}}", 'null null {"b":"2","a":"1"}'),
        ("{{.Labels.zz}}|{{index .Labels `zz`}}|{{index .Labels `a`}}", "<no value>||1"),
        ("{{range .Args}}{{.}},{{end}}", "a,b,"),
        ("{{range $i, $v := .Args}}{{$i}}={{$v}} {{end}}", "0=a 1=b "),
        ("{{range $k, $v := .Labels}}{{$k}}{{$v}}{{end}}", "a1b2"),
        ("{{range .Binds}}x{{else}}none{{end}}", "none"),
        ("{{range .Args}}{{if eq . `a`}}{{continue}}{{end}}{{.}}{{end}}", "b"),
        ("{{range .Args}}{{.}}{{break}}{{end}}", "a"),
        ("{{if .Nothing}}x{{else if .Name}}y{{else}}z{{end}}", "y"),
        ("{{with .State}}{{.Running}}{{end}}{{with .Nothing}}x{{else}}y{{end}}", "truey"),
        ("{{with $x := .Pid}}{{$x}}{{end}}{{$.Name}}", "5/web"),
        ("{{$x := 1}}{{if true}}{{$x = 2}}{{end}}{{$x}}", "2"),
        ("a  {{- ` b ` -}}  c", "a b c"),
        ("{{/* nothing */}}x{{- /* trimmed */ -}}  y", "xy"),
        ("{{len .Args}}{{index .Args 1}}{{slice .Name 1}}", "2bweb"),
        (
            "{{eq .Pid 4 5}}{{ne .Pid 5}}{{lt 1 2}}{{le 2 2}}{{gt 1 2}}{{ge 2 3}}",
            "truefalsetruetruefalsefalse",
        ),
        ("{{and .Name .Nothing}} {{or .Nothing `d`}} {{not .Nothing}}", "<nil> d true"),
        ("{{join .Args `-` | upper}} {{split .Name `/`}}", "A-B [ web]"),
        ("{{title `ab cd`}} {{lower `AB`}} {{truncate .Name 2}} {{pad .Name 1 2}}|", "Ab Cd ab /w  /web  |"),
        ("{{.Name | printf `%s-%s` `a`}}", "a-/web"),
        ("{{(index .Args 0) | printf `%q`}}", '"a"'),
        ("{{print 1 2 `x` 3}} {{println `a` 1}}", "1 2x3 a 1\n"),
        ('{{`\\n`}}{{"\\n\\u00e9\\x41"}}', "\\n\néA"),
        ("{{'a'}} {{0x10}} {{1.5}} {{-3}} {{true}}", "97 16 1.5 -3 true"),
    ],
)
def test_template_prints_what_go_prints(source: str, printed: str) -> None:
    assert Template(source).render(DOCUMENT) == printed


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{.Nope}}", 'template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope'),
        ("{{.State.Nope}}", 'executing "" at <.State.Nope>: can\'t evaluate field Nope'),
        ("{{.Name.X}}", "can't evaluate field X in type string"),
        ("{{.Nothing.X}}", "nil pointer evaluating X"),
        ("{{index .Args 9}}", "error calling index: index out of range: 9"),
        ("{{index .Nothing 0}}", "error calling index: index of untyped nil"),
        ("{{eq .Name true}}", "error calling eq: incompatible types for comparison"),
        ("{{range .Name}}{{end}}", "range can't iterate over /web"),
        ("{{json}}", "wrong number or type of args for json"),
        ("{{slice .Name 9}}", "index out of range"),
        ("{{.Name `x`}}", "Name is not a method but has arguments"),
    ],
)
def test_template_that_does_not_fit_says_where(source: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(source).render(DOCUMENT)

    assert words in caught.value.message
    assert caught.value.code == 1


def test_unknown_field_lists_the_valid_ones() -> None:
    with pytest.raises(TemplateError) as caught:
        Template("{{.Nope}}").render({"B": 1, "A": 2})

    assert caught.value.hint == "the fields there are: .A .B"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{{.Name", "unclosed action"),
        ("{{.Name}", "unexpected bad character U+007D '}' in command"),
        ("{{foo}}", 'function "foo" not defined'),
        ("{{end}}", "unexpected {{end}}"),
        ("{{if .A}}", "unexpected EOF"),
        ("{{if .A}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"),
        ("{{}}", "missing value for command"),
        ("{{$x}}", 'undefined variable "$x"'),
        ("{{(.A}}", "unclosed left paren"),
        ('{{"a}}', "unterminated quoted string"),
        ("{{break}}", "{{break}} outside {{range}}"),
        ("{{define `x`}}{{end}}", "{{define}} is not supported"),
        ("{{/* x", "unclosed comment"),
        ("a\nb{{nope}}", "template: :2: function"),
        ("{{1x}}", 'bad number syntax: "1x"'),
        ("{{" + "(" * 5000 + "}}", "nested too deep"),
    ],
)
def test_template_that_cannot_be_read_says_why(source: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Template(source)

    assert words in caught.value.message


@given(st.text(alphabet='{}.$|()"`-=:, \n\tabrangeifwithelsejson0159/*\\', max_size=40))
def test_no_template_fails_otherwise_than_by_its_own_error(source: str) -> None:
    try:
        Template(source).render(DOCUMENT)
    except TemplateError:
        return


@pytest.mark.parametrize(
    ("pattern", "values", "printed"),
    [
        ("%5d|%-5d|%05d|%+d", (7, 7, 7, 7), "    7|7    |00007|+7"),
        ("%x %X %#x %o %b %c", (255, 255, 255, 8, 5, 65), "ff FF 0xff 10 101 A"),
        ("%s|%5s|%-5s|%.2s", ("abc",) * 4, "abc|  abc|abc  |ab"),
        ("%q %v %t", ('a"b', None, True), '"a\\"b" <nil> true'),
        ("%.2f %g %v", (1.005, 2.5, 5.0), "1.00 2.5 5"),
        ("%d", ("x",), "%!d(string=x)"),
        ("%s %s", ("a",), "a %!s(MISSING)"),
        ("%d", (1, 2), "1%!(EXTRA int=2)"),
        ("100%% %!", (1,), "100% %!!(int=1)"),
        ("%", (), "%!(NOVERB)"),
        ("%*d", (4, 7), "   7"),
    ],
)
def test_printf_follows_go(pattern: str, values: tuple[Any, ...], printed: str) -> None:
    assert format_go(pattern, *values) == printed


def test_quote_escapes_what_go_escapes() -> None:
    assert quote('a"\\\n\x1bé\u200b') == '"a\\"\\\\\\n\\x1bé\\u200b"'


def test_record_has_fields_methods_and_extras() -> None:
    record = Record({"ID": lambda: "1"}, {"Label": lambda key: f"<{key}>"}, {"Pid": lambda: 7})

    assert Template('{{.ID}} {{.Label "k"}} {{.Pid}} {{json .}}').render(record) == '1 <k> 7 {"ID":"1"}'


def test_method_wants_its_argument() -> None:
    with pytest.raises(TemplateError, match="wrong number of args for Label: want 1 got 0"):
        Template("{{.Label}}").render(Record({}, {"Label": lambda key: key}))


def test_headings_pass_through_functions() -> None:
    template = Template('{{json .ID}}\t{{.Label "com.example.some-key"}}\t{{upper .Name}}')

    assert template.headings({"ID": "CONTAINER ID", "Name": "Name"}) == "CONTAINER ID\tsome key\tName"
