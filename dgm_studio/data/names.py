"""Given names: no rule but a list, put together for this program from what is common knowledge.

What sounds like a name and is none of the list counts as not valid: of strings without a rule, valid means known.
"""

from __future__ import annotations

from functools import cache

from dgm_studio.contract import knob
from dgm_studio.data.shared.strings import StringLaw, StringParams, listed, source

NAMES = """
aaron abel abigail ada adam adele adrian agatha agnes alan albert alexander alexandra alfred alice alicia alison amanda amelia
amy andrea andrew angela anita anna anne anthony antonia april arnold arthur astrid audrey august aurora barbara barry
beatrice benedict benjamin bernard bertha bethany betty boris brenda brian bridget bruce bruno calvin camilla carl carla
carmen carol caroline caspar catherine cecilia celia charles charlotte chloe christian christina christine christopher clara
clarence claude claudia clement colin conrad constance cora cornelia craig cynthia cyril dagmar daisy damian daniel daphne
david dean deborah delia denise dennis derek diana dolores dominic donald dora doris dorothy douglas duncan edgar edith edmund
edward edwin eileen elaine eleanor elena eli elias elisa elizabeth ella ellen elmer elsa emil emily emma eric erica ernest
esther ethan eugene eva evan evelyn fabian faith felicity felix ferdinand fiona flora florence frances francis frank frederick
freya gabriel gareth gavin gemma geoffrey george georgia gerald gerard gertrude gilbert giles gillian gina gloria gordon grace
graham gregory greta gustav guy gwen hannah harold harriet harry harvey hazel heather hector heidi helen helena henrietta
henry herbert herman hilary hilda holly hope howard hubert hugh hugo ian ida ignatius imogen ines ingrid irene iris irma isaac
isabel isabella isaiah ivan ivy jack jacob jacqueline james jane janet jasmine jason jasper jean jeffrey jennifer jeremy
jerome jessica joan joanna joel john jonathan joseph josephine joshua joyce judith julia julian juliet julius june justin
karen karl kate katherine kathleen keith kenneth kevin klara kurt lambert lara laura laurence lavinia leah leander lena leo
leonard leonora leopold leslie lewis lilian lily linda lionel lisa lloyd lois lorenzo louis louisa louise lucas lucia lucian
lucinda lucy ludwig luke luna lydia mabel madeleine magnus malcolm manuel marcel marcia marcus margaret maria marian marie
marina marion mark marlene martha martin mary matilda matthew maud maurice max maximilian maxine megan melanie melissa
mercedes meredith michael michelle mildred miles millicent minerva miranda miriam molly monica morris muriel myra nadia nancy
naomi natalie nathan nathaniel neil nicholas nicola nigel nina noah noel nora norman octavia olga oliver olivia ophelia oscar
otto owen pamela pascal patricia patrick paul paula pauline penelope percy peter petra philip phoebe phyllis pierre priscilla
quentin rachel ralph ramona raphael raymond rebecca regina reginald rhoda richard rita robert robin roderick roger roland rolf
roman ronald rosa rosalind rosamund rose rosemary roy rudolf rufus rupert ruth sabina samantha samson samuel sandra sara sarah
sean sebastian selma serena shirley sibyl sidney siegfried sigrid silas silvia simon simone sonia sophia sophie stanley stella
stephanie stephen stuart susan susanna sven sybil sylvia tabitha tamara tania terence teresa thea thelma theodora theodore
theresa thomas tiffany timothy tobias toby tom tristan ulrich una ursula valentine valerie vanessa vera verena vernon veronica
victor victoria vincent viola violet virgil virginia vivian wallace walter wanda wendy werner wilfred wilhelmina william wilma
winifred winston xavier yolanda yvette yvonne zachary zelda zoe
"""


class NameParams(StringParams):
    """How many names."""

    examples: int = knob(1000, 100, 1000, scale="log", help="Names drawn, at most all there are; a fifth is held out.")


@cache
def names() -> StringLaw:
    return listed(tuple(dict.fromkeys(NAMES.split())))


SOURCES = (
    source(
        "names",
        "Given names",
        "Almost five hundred names: no rule to find, so that a model learns what sounds like one, or learns them by heart.",
        NameParams,
        lambda _: names(),
    ),
)
