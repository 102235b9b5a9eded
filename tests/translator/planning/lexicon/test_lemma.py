"""The lemmatiser: everyday and business forms, British spelling, words that must stay the same."""

import pytest

from translator.planning.embedded.lexicon import load_lexicon

# form:lemma
FORMS = """
sales:sale addresses:address businesses:business companies:company countries:country cities:city
categories:category boxes:box taxes:tax branches:branch dishes:dish processes:process losses:loss
buses:bus bonuses:bonus statuses:status campuses:campus warehouses:warehouse houses:house
courses:course cases:case causes:cause responses:response purchases:purchase licenses:license
analyses:analysis crises:crisis people:person men:man women:woman children:child
criteria:criterion indices:index lives:live knives:knife movies:movie cookies:cookie shoes:shoe
heroes:hero potatoes:potato employees:employee attendees:attendee fees:fee surveys:survey ids:id
quizzes:quiz kpis:kpi customer's:customer customers':customer customer’s:customer
sold:sell bought:buy paid:pay left:leave won:win lost:lose spent:spend sent:send began:begin
ran:run flew:fly drove:drive made:make taken:take written:write gone:go seen:see chosen:choose
grown:grow withdrawn:withdraw fell:fall rose:rise met:meet led:lead lent:lend built:build
taught:teach brought:bring understood:understand held:hold found:find
hired:hire hiring:hire shipped:ship shipping:ship churned:churn cancelled:cancel canceled:cancel
planning:plan stopped:stop running:run selling:sell billing:bill calling:call travelled:travel
controlled:control preferred:prefer opening:open ordered:order delivered:deliver offered:offer
visited:visit created:create rated:rate converted:convert completed:complete closed:close
closing:close using:use purchasing:purchase increased:increase resolved:resolve approved:approve
moved:move produced:produce charged:charge changing:change managed:manage settled:settle
handled:handle scheduled:schedule required:require acquired:acquire expired:expire insured:insure
stored:store joined:join maintained:maintain returned:return earned:earn planted:plant
submitted:submit transferred:transfer occurred:occur logged:log tried:try applied:apply
carrying:carry died:die voted:vote allocated:allocate escalated:escalate updated:update
based:base diagnosed:diagnose focused:focus processed:process assessed:assess missed:miss
lasted:last booked:book tracked:track shaped:shape mapped:map valued:value continued:continue
agreed:agree owed:owe invoked:invoke escaped:escape excluded:exclude provided:provide
treated:treat avoided:avoid belonging:belong bringing:bring changing:change
organised:organize organisations:organization utilisation:utilization analysed:analyze
recognised:recognize advertised:advertise promised:promise supervised:supervise colours:color
favourite:favorite centres:center labour:labor catalogue:catalog programmes:program
enrolled:enroll enrolments:enrollment fulfilled:fulfill instalments:installment
"""

UNCHANGED = """
status business address process access loss gross news series species sms logistics analytics
headquarters gas lens bus basis always perhaps marketing building meeting training engineering
earnings need speed feed hundred red united limited price order revenue
"""


@pytest.mark.parametrize("pair", FORMS.split())
def test_forms_go_to_their_lemma(pair: str) -> None:
    form, expected = pair.rsplit(":", 1)
    assert load_lexicon().lemma(form) == expected


@pytest.mark.parametrize("word", UNCHANGED.split())
def test_words_that_only_look_inflected_stay(word: str) -> None:
    assert load_lexicon().lemma(word) == word


def test_capitals_do_not_matter() -> None:
    assert load_lexicon().lemma("Companies") == "company"


@pytest.mark.parametrize(
    "text", ["", "'", "'s", "s'", "2024", "x", "é", "ss", "ing", "\x00", "日本", "s" * 9999]
)
def test_any_text_has_a_lemma(text: str) -> None:
    assert isinstance(load_lexicon().lemma(text), str)


@pytest.mark.parametrize(
    ("derived", "base"),
    [
        ("cancellation", "cancel"),
        ("cancelled", "cancel"),
        ("subscriptions", "subscribe"),
        ("shipments", "ship"),
        ("deliveries", "deliver"),
        ("approval", "approve"),
        ("renewals", "renew"),
        ("completion", "complete"),
    ],
)
def test_families_share_a_root(derived: str, base: str) -> None:
    lexicon = load_lexicon()
    assert lexicon.root(derived) == lexicon.root(base) == base


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("employee", "employment"),
        ("employer", "employee"),
        ("subscriber", "subscription"),
        ("trainer", "training"),
        ("driver", "drive"),
        ("lender", "loan"),
        ("manager", "management"),
        ("organization", "organ"),
        ("customer", "custom"),
    ],
)
def test_different_things_keep_different_roots(one: str, other: str) -> None:
    lexicon = load_lexicon()
    assert lexicon.root(one) != lexicon.root(other)
