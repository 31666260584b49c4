r"""The table by which the kind of a step and its category in Thought Anchors are found; `step_kinds` reads it.

A pattern is a regular expression for lower-case text with single blanks, and each of its lines is one alternative or
several; a line that is indented further continues the line above it. `{CHECK}` stands for the phrases of that name in
`PHRASES`. The front end has the same table (`labkit/frontend/generate_contract.py`), so a pattern is one that Python
and JavaScript read alike.
"""

from __future__ import annotations

import re
from textwrap import dedent
from typing import Literal, NamedTuple

Kind = Literal["plan", "try", "check", "back", "end", "other"]
Category = Literal[
    "problem_setup", "plan_generation", "fact_retrieval", "active_computation", "uncertainty_management",
    "result_consolidation", "self_checking", "final_answer_emission",
]  # fmt: skip
Place = Literal["opening", "start", "lead", "cue", "sign", "ending"]


class Row(NamedTuple):
    """A reason for a kind and a category: where it looks, and the pattern that it looks for."""

    kind: Kind
    category: Category
    place: Place
    pattern: str


PHRASES = {
    "LET": r"""
        let me|let's|let us|i should|i'll|i will|i can|we can|we'll|we should
        i(?:'d like| want| need| have) to|(?:we )?need(?: to)?|just to|to|time to|worth""",
    "WILL": r"""
        i'll|i will|i'd|i can|i could|i should|we'll|we will|we'd|we can|we could|we should|let's|let us
        let me|i want to|i'm going to|i plan to
        it (?:would be|is|seems|might be) (?:best|easier|easiest|natural|useful|simpler|enough) to
        it makes sense to|time to|need to|should|better to""",
    "CHECK": r"""
        double[- ]?check|check|verify|confirm|validate|re-?check|cross-?check|sanity[- ]check|test
        make sure|be sure|be certain|re-?verify|prove it|compare (?:this|that|it|with)
        plug (?:it|this|that|them) (?:back|in)|substitute back|review|re-?calculate|re-?compute""",
    "DO": r"""
        set up|set|consider|start|begin|look at|look for|try|draw|write|break|split|sort|list|count|find
        compute|calculate|apply|use|solve|work|handle|express|convert|define|choose|pick|treat|rewrite
        factor|group|keep|take|make|build|model|compare|do|go through|outline|sketch|introduce""",
    "NOUN": r"""
        answer|result|solution|output|reply|conclusion|recommendation|choice|verdict|response""",
    "APPROVAL": r"""
        yes|yep|good|great|fine|ok|okay|right|correct|perfect|matches|match|checks out|agrees?
        consistent|holds|works|fits|nice|true
        as (?:expected|required|stated|it should(?: be)?|hoped|claimed|wanted|needed)|good enough
        makes sense|is satisfied|are satisfied|same (?:value|result|answer|number)|stands|no problem
        no contradiction|looks (?:right|good|fine|correct)""",
}

# The words at the beginning of a step that say little; a comma, a colon or a blank follows each.
LEAD = r"""
    okay|ok|alright|all right|right|so|now|well|and|then|thus|therefore|hence|good|great|yes|yeah|oh
    ah|hmm+|hm|but|or|actually|also|oops|let's see|let me see|no(?=[,.!]| wait)
    wait(?: a (?:second|minute|moment))?|hold on(?: a (?:second|minute|moment))?"""

ROWS = (
    # -- the problem in other words, summaries, and plain wonder, which begin like a plan
    Row("other", "problem_setup", "opening", r"""
        (?:let me |let's |first |i'll )*(?:understand|read|re-?read|parse|restate|rephrase)\b
        (?:let|suppose|call|say) (?!me\b|us\b)[a-z]{1,2}\b|suppose[ ]|given\b|here (?!we)
        in this (?:problem|puzzle|question|task|exercise|case|game)
        what (?:do we|is (?:given|known|asked|wanted))|got it|goal\b
        (?:the |this |my |our )?(?:problem|question|task|user|input|puzzle|goal|exercise|prompt|
            statement|story|text|instructions?|request|person|setup)s?\b
        (?:we are|we're|i am|i'm|you are|it is|it's) (?:given|asked|told|stated|supposed|looking)
        they (?:ask|want|give|tell|say)|there (?:are|is) (?!no)
        (?:we|i)(?:'ve been| are| am) (?:given|asked|told)|it (?:says|asks|wants)
        (?:find|determine|how many|what is|what are|which|who)\b[^?]*\?$
        (?<!now )(?<!now, )(?<!next, )(?<!then )(?:we|i|you) (?:need|have|want) to (?!check|double|
            verify|be sure|make sure|confirm|go back)(?!.*\b(?:first|then|before|next|separately|afterwards|
            start)\b)"""),
    Row("other", "problem_setup", "cue", r"""
        should (?:return|accept|reject|print|output|take)\b|(?:is|are) (?:wanted|asked|given)\b"""),
    Row("other", "result_consolidation", "opening", r"""
        (?:let me |let's |to )*(?:recap|summari[sz]e|sum up|take stock|collect what)|up to now
        up to here|so far|collected|what (?:we|i)(?:'ve| have| know)|what's (?:known|left)|at this point
        in short|in summary|in brief|summary|status|state\b|current|these are
        (?:we|i) (?:now )?have (?:the|all|two|three|both)\b|known so far|still (?:open|missing)
        altogether we know|overview|remaining:"""),
    Row("other", "uncertainty_management", "opening", r"""
        let me think(?:$|[.…]| about (?:this|it|that)\b| again| for a)
        i'm (?:a bit |a little |still )?(?:not |un)?(?:confused|sure|certain|clear|unsure)
        not (?:entirely |quite |really )?(?:sure|clear)|i wonder
        this (?:could|can|may|might) (?:be|mean)|i don't (?:know|see|understand|quite)
        it's (?:not clear|unclear|ambiguous|hard to|tricky|confusing)
        that's (?:odd|strange|weird|interesting|confusing|tricky|a tricky)|interesting\b|strange\b|odd\b
        tricky\b|unclear|hard to|what does [^?]*\?$"""),
    # -- the answer, and the end of the work
    Row("end", "final_answer_emission", "cue", r"""
        \\boxed|final (?:answer|result|output|version|text)|(?:i )?give up\b|i'd give up
        answer (?:is|should be|will be|would be|must be)(?! (?:reasonable|right|correct|plausible))
        is (?:the|my|our) answer\b
        ^(?:so|thus|therefore|hence),? the (?:result|total|solution|output|correct|best)\b
        (?:option|choice) \(?[a-e]\b|i(?:'ll| will|'d) (?:go with|answer|recommend|suggest|settle)"""),
    Row("end", "final_answer_emission", "opening", r"""
        (?:(?:the|my|our) )?(?:final |correct |right |required |requested |best |short |
            complete )*{NOUN}(?: is| will| should| would|:|$)
        (?:the )?(?:final|correct|required|requested|best|desired|wanted) [a-z]+(?: [a-z]+)? (?:is|
            are)\b
        (?:final(?:ly)?|overall|in conclusion|to conclude|conclusion)[:,]|(?:the|my) fix is
        (?:i'll|i will|i can|let me|time to|i should) (?:now )?(?:answer|go with|respond|reply|return|
            write (?:up|the answer|the final|down the answer)|output|state|say|present|stop)\b
        i'm going with|i (?:recommend|choose|pick|conclude)|return \S+ (?:as|for)\b|output:|reply:
        respond with|no (?:such|solution)|(?:i|we) (?:can't|cannot|could not|couldn't|am unable)[ ]"""),
    Row("end", "result_consolidation", "cue", r"""
        that's (?:it|all)\b|all (?:the )?cases
        (?:that|which|this) (?:completes|concludes|settles|finishes|proves|answers)
        is (?:solved|complete|done|finished|proved|proven)\b
        (?:i'm|we're|i am|we are) (?:done|finished|confident|satisfied|ready|sure of)|taken together
        (?:putting|put) (?:it all|everything|this|these|all)
        (?:both|all|the two|the three) (?:methods|ways|approaches|routes|computations) (?:give|agree|
            lead)
        in total,? (?:we|there|that)
        combining (?:both|these results|all|everything|the (?:two|three|parts|pieces|results|cases))
        for the answer now|(?:^|good, |okay, |all )done\b|q\.?e\.?d|nothing (?:is )?(?:left|else)
        (?:ready to|time to|can now) (?:answer|write)|everything (?:fits|is)|as was to be"""),
    # -- a check
    Row("check", "self_checking", "opening", r"""
        (?:{LET} )?(?:just |quickly |quick |first |also |briefly |now |a )*{CHECK}\b
        (?:just )?to be (?:sure|safe|certain)
        (?:as a |quick |sanity |one more |a |last |final )+(?:check|test|sanity)\b|(?:re)?checking
        testing|verifying|confirming|verification|proof of|sanity|units\b|compare with|compared with
        comparing|does (?:that|this|it)\b|do (?:these|they|the)\b[^?]*\?
        if (?:the|this|that|it|they)\b[^,]*$
        (?:is|are|was|were|does|do|did|can|could|would|should|have|has) [^?]*\? ?[^ ]
        going (?:back )?(?:over|through)|(?:plugging|substituting|putting) [^.]*\bback\b
        (?:let me|i'll|let's) (?:go|look|run|walk|read) (?:back |once more )?(?:over|through)"""),
    Row("check", "self_checking", "ending", r"""
        (?:[,.;:!?] ?|(?:that|which|this|they|it|both|all|indeed|seems?|is|are|still) )(?:that's |that |
            it |they |all |still |so |also )?{APPROVAL}[.!✓]*$
        ✓"""),
    Row("check", "self_checking", "cue", r"""
        double[- ]check|(?:let me|let's|i should|(?:i|we) need to) (?:check|verify|confirm|make sure)\b
        (?:steps|question|problem|clues?|calculation|text) (?:once )?again|sanity check"""),
    # -- another approach, doubt, an error
    Row("back", "plan_generation", "opening", r"""
        another (?:idea|way|approach|thought|option|route|possibility|angle|method)|instead\b
        alternatively|an alternative
        (?:maybe|perhaps) (?:it's |it is |it would be )?(?:better|easier|simpler|smarter)
        (?:maybe |perhaps |is there )?an? (?:completely |totally )?(?:different|smarter|better|simpler|
            cleaner|faster|neater|easier|new) (?:way|approach|idea|method|route|angle|view|attempt)
        go back|going back|back to\b|start(?:ing)? (?:over|again|afresh)|what if (?:we|i) instead
        on second thought|different (?:approach|idea|tack)|new (?:approach|idea|attempt|plan)|plan b
        (?:let me|let's|i'll|we could|i should) (?:start (?:over|again|fresh)|go back|
            think (?:differently|of it as)|try (?:another|again|a |an |something|it)|switch|drop|
            re-?(?:think|consider|visit|do|try|start|frame))"""),
    Row("back", "uncertainty_management", "cue", r"""
        (?:is|was|are|were|be) (?:wrong|out|impossible|useless|incorrect|invalid|false|flawed|
            a dead end|too (?:slow|messy|large|small|big|complicated|high|low|long|short))\b
        (?:that's|that is|it's) (?:not|wrong|too)|misread|misunderst|miscount|miscalculat|overcomplicat
        overthinking|overlook|mistake|contradict|conflicts|violat|redo\b
        (?:i|we) (?:forgot|missed|mixed|confused|skipped|ignored|slipped)|dead end
        (?:sign|arithmetic|off-by-one) error|counted twice|double[- ]counted|leads nowhere
        go(?:es)? nowhere
        (?:doesn't|does not|won't|didn't|don't) (?:seem to )?(?:lead|work|help|fit|hold|satisfy|match|
            make sense|add up)
        going in circles
        (?:getting|gets|becomes) (?:messy|long|complicated|nowhere|ugly|too|out of hand)
        has a (?:problem|flaw|bug|gap)|(?:catch|trouble|flaw) (?:is|with)|ignores
        (?:fails|breaks) (?:for|when|on|if|down)|should(?:n't)? have|won't do|rather than|no good
        not (?:right|helpful|correct|possible|allowed|enough|what (?:was|is|i|we))
        (?:that|this|it) can't be\b|can't be (?:used|right|true|correct)
        isn't (?:right|stated|helpful|correct|true|allowed|enough|what)"""),
    Row("back", "uncertainty_management", "opening", r"""
        not (?:good|so fast|quite)|that was|(?:this|that) (?:path|approach|way|idea|attempt|route)[ ]
        (?:maybe|perhaps) (?:i|we) (?:should|am|was|were|mis|need|have|are)
        (?:maybe|perhaps) i(?:'m|'ve)|i(?:'ve| have) been|(?:scratch|scrap|strike|forget) (?:that|this)
        nope|however\b|except|my (?:mistake|bad)|sorry
        i (?:think|may|might|must) (?:i |have )?(?:made|have|mis)|i assumed|i was
        too (?:slow|complicated|big|large|messy)"""),
    Row("back", "uncertainty_management", "lead", r"wait|hmm*|hold on|actually|oops|\bno\b"),
    # -- what will be done next
    Row("plan", "plan_generation", "opening", r"""
        (?:first(?:ly)?,? (?:of all,? )?|next,? |perhaps |maybe |after that,? |finally,? )*{WILL}[ ]
        (?:the |my |a |one |our )?(?:basic |main |key )?(?:plan|approach|idea|strategy|method|trick|
            way)\b(?!.*=)
        (?:first(?:ly)?,? |next,? |step \w+[:.] ?|then )*{DO} (?!.*(?:=|, so))|step \w+[:.]
        first [a-z]+ the
        (?:the |a )?(?:good |obvious |natural |easiest |best |simplest )*(?:next|first|remaining|second|
            last|easiest|best|simplest) (?:thing|step|task|way|part|move|idea)\b
        (?:next|first(?:ly)?)(?: up)?,? (?:i|we|for|come|the)\b
        to (?:solve|find|get|do|compute|show|prove|count|answer|see|handle|tackle|determine|decide|
            make) [^=]*, (?:i|we)\b
        (?:i|we) (?:need|want|should|must|have to|might|think (?:i|we|it))\b|what's left is to
        it remains to"""),
    Row("plan", "plan_generation", "start", r"""
        (?!.*=)[^.!?]*\b(?:let's|let me|i'll|we'll|i will|we will|we could|i could|we should|i should)\b"""),
    # -- a fact that has the signs of work
    Row("other", "fact_retrieval", "opening", r"""
        (?:i|we|as we) (?:also )?(?:know|remember|recall|learned)\b|remember|recall|by definition
        by (?:the )?[a-z']+(?:'s)? (?:theorem|law|rule|formula|inequality)\b(?!.*[\d=])|known|in general
        generally|usually|typically
        (?:the|an?|one)? ?[a-z' -]*(?:formula|theorem|law|identity|rule|inequality|principle|definition|
            lemma|axiom|property)\b
        for (?:any|all|every)[ ]|(?:any|every|each|all|no) [a-z]+ [^=]*(?:is|are|has|have)\b
        the [a-z -]+ of (?:an?|two|any|every|n|the (?:first n|angles|squares|digits)) [^=,]* (?:is|are|
            equals)\b
        an? [a-z -]+ (?:is|has|are|means|consists|contains)\b(?!.*=)
        in (?:python|physics|chemistry|english|german|mathematics|most|many|a|java|geometry)\b
        it (?:is|'s) (?:well )?known"""),
    # -- a conclusion about the thing that was asked for
    Row("end", "final_answer_emission", "start", r"""
        (?:so|thus|therefore|hence)\b,? (?:[a-z] = -?[\d./]+\.?$|[a-z]{3,} (?:is the|has the|lives|wins|
            owns|did it)\b|it's|it is|it takes|there (?:are|is)|you|he|she|they|the [a-z' -]+ (?:is|are|was|
            has|have|lives?|belongs?|costs?|needs?|takes?|reaches|gets?|equals))\b[^=:]*$"""),
    # -- the work itself
    Row("try", "result_consolidation", "opening", r"""
        (?:which|that|this) (?!.*=)(?:[a-z]+ )*(?:is|are|was|gives|leaves|makes|means|comes|runs|
            implies|shows|yields|agree|agrees|drops|stays)\b
        it follows|we (?:get|conclude|obtain)\b(?!.*=)"""),
    Row("try", "active_computation", "sign", r"""
        =|≈|≤|≥|→|, (?:so|hence|thus|therefore|that's|which (?:gives|leaves|means|makes|is))\b
        \d ?[-+*/^×<>] ?\d|\d (?:plus|minus|times|divided by|mod|over)[ ]
        (?:is|equals|gives|makes|becomes|leaves|yields|needs|takes|remains?|remain|get) (?:about |
            roughly |only |just )?-?\d"""),
    Row("try", "active_computation", "opening", r"""
        trying|computing|plug(?:ging)? in|squaring|expanding|substitut|simplify|multiply|subtract
        add(?:ing)?\b|divid|factoring|solving|taking|using|applying|with [a-z]\b|by similar|def[ ]
        for [a-z][ ]|if[ ]|since[ ]|because[ ]|case \w+|draft|line \d|attempt|version|suppos|assum
        when[ ]|rearrang|differentiat|integrat|from (?:clue|the)|there(?:fore|'s)\b
        [a-z] (?:must|has to|can't|is)\b|(?:it|they|he|she) (?:must|has to|have to)\b|(?:must|only)[ ]"""),
    Row("try", "active_computation", "cue", r"""
        if [^,]*,[ ]|then[ ]|must[ ]|has to[ ]|in that case|otherwise|which (?:is|makes|means)|leaving
        becomes|turns into|evaluates to|returns|prints|raises|only (?:one|two|option|possibility)"""),
    Row("try", "result_consolidation", "lead", r"so|then|thus|therefore|hence"),
)  # fmt: skip


def expression(pattern: str) -> str:
    r"""A pattern as one regular expression.

    >>> expression("if (?:a|\n    b)|when\nas")
    'if (?:a|b)|when|as'
    """
    joined = re.sub(r"\n +", "", re.sub(r"\n(?! )", "|", dedent(pattern).strip("\n")))
    for name, phrases in PHRASES.items():
        if f"{{{name}}}" in joined:
            joined = joined.replace(f"{{{name}}}", f"(?:{expression(phrases)})")
    return joined
