r"""The cues by which the kind of a step and its category in Thought Anchors are found; `step_kinds` adds their points.

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
Place = Literal["lead", "start", "opening", "word", "sign", "ending"]

# What a step can be, with its kind and its category. If two have the same points, the upper one counts.
LABELS: dict[str, tuple[Kind, Category]] = {
    "answer": ("end", "final_answer_emission"),
    "done": ("end", "result_consolidation"),
    "check": ("check", "self_checking"),
    "error": ("back", "uncertainty_management"),
    "new way": ("back", "plan_generation"),
    "plan": ("plan", "plan_generation"),
    "work": ("try", "active_computation"),
    "result": ("try", "result_consolidation"),
    "problem": ("other", "problem_setup"),
    "fact": ("other", "fact_retrieval"),
    "summary": ("other", "result_consolidation"),
    "doubt": ("other", "uncertainty_management"),
}


class Cue(NamedTuple):
    """A property of the text of a step: its name, where it is looked for, and the pattern that is looked for."""

    name: str
    place: Place
    pattern: str


PHRASES = {
    "LET": r"""
        let me|let's|let us
        (?:i|we)(?:'ll| will|'d| would| can| could| should| might| may| want to| have to| need to|'m going to|
            'd like to)
        worth|time to|just to""",
    "VERB": r"""
        set up|set|consider|start|begin|look|search|try|draw|write|break|split|sort|list|count|find|get|
            bring
        see|turn|read|compute|calculate|apply|use|solve|work|handle|express|convert|define|choose|pick|
            treat
        rewrite|simplify|eliminate|figure|estimate|factor|group|keep|take|make|build|model|compare|do|go|
            outline
        sketch|introduce|multiply|add|subtract|divide|determine|replace|expand|integrate|differentiate|
            enumerate
        minimi[sz]e|maximi[sz]e|decide|show|prove|produce|explain|fix|fill|put|plug|substitute|combine""",
    "ING": r"""
        trying|computing|plugging|squaring|expanding|substituting|simplifying|multiplying|subtracting|
            adding
        counting|dividing|factoring|solving|taking|using|applying|rearranging|differentiating|integrating
        starting|setting|writing|moving|replacing""",
    "CHECK": r"""
        double[- ]?check(?:ing)?|check(?:ing|s)?\b|verify(?:ing)?|verification|confirm(?:ing)?|validat(?:e|
            ing)
        re-?check(?:ing)?|cross-?check|sanity|test(?:ing)?\b
        (?:make|be|being) (?:quite |very |absolutely )?(?:sure|certain|safe|careful)|re-?verify
        compar(?:e|ed|ing) (?:this|that|it|with|my|the result)|compare:|plug(?:ging)? [^.]*back
        substitut(?:e|ing) back|re-?calculate|re-?compute|re-?count|once more|reality check|second method
        counting again|by hand|trace the|for safety|certain\b|a quick look|once more|the right size
        plug [^.]* in\b""",
    "NOUN": r"""
        answer|result|solution|output|reply|conclusion|recommendation|choice|verdict|response""",
    "AGREE": r"""
        match(?:es|ed)?|agrees?|consistent|holds?|works?(?: out)?|fits?|satisf(?:y|ies|ied)|equal
        (?:the )?same(?: \w+)?|stands|plausible|reasonable|makes sense|met
        as (?:\w+ )?(?:expected|required|stated|should(?: be)?|hoped|claimed|wanted|needed|well|says|states|
            given)
        checks out|no problem|good enough""",
}

# The words at the beginning of a step that say little; a comma, a colon or a blank follows each.
LEAD = r"""
    okay|ok|alright|all right|right|so|now|well|and|then|thus|therefore|hence|consequently|good|great|
        perfect
    yes|yeah|oh|ah|ugh|hmm+|hm|but|or|actually|also|oops|basically|indeed|let's see|let me see|no(?=[,.!]|
         wait)
    wait(?: a (?:second|minute|moment))?|hold on(?: a (?:second|minute|moment))?|hang on"""

CUES = (
    # -- the words that say little
    Cue("wait", "lead", r"wait|hold on|hang on|oops|ugh"),
    Cue("no", "lead", r"\bno\b"),
    Cue("hmm", "lead", r"hm|\boh\b|\bah\b"),
    Cue("but", "lead", r"but\b"),
    Cue("so", "lead", r"\bso\b"),
    Cue("thus", "lead", r"thus|therefore|hence|consequently"),
    Cue("then", "lead", r"then"),
    Cue("now", "lead", r"now"),
    Cue("okay", "lead", r"ok|right|well|basically"),
    # -- plans
    Cue("let me first", "opening", r"""
        (?:first(?:ly)?,? |next,? |perhaps |maybe |finally,? |after that,? |to [^,]*, |for [^,]*, |
            since [^,]*, |before [^,]*, )*(?:{LET}|it would|better to|i plan to)\b(?! (?:have|get|be)\b)"""),
    Cue("need to", "opening", r"""
        (?:(?:i|we|you)(?: now| first| just| also)? |all (?:i|we) )?(?:need|have to|has to|want to)\b
        (?:i'm|we're) supposed to|what i need"""),
    Cue("verb first", "opening", r"""
        (?:first(?:ly)?,? |next[,:]? |step \w+[:.] ?|then,? |just |maybe |perhaps )*{VERB}\b(?! =)"""),
    Cue("next", "opening", r"""
        first(?:ly)?\b(?! \w+:)|next\b|step \w+[:.]|after that|from here|finally|before\b
        for (?:the|part|this) [a-z]+,? (?:i|we)\b|now on to"""),
    Cue("to do that", "opening", r"to [a-z]+ [^=]*\b(?:i|we|let|bring|use)\b|in order to"),
    Cue("plan", "opening", r"""
        (?:i think )?(?:(?:the|my|a|an|one|our|what|good|natural|easiest|best|simple|simplest|obvious|next|
            first|remaining|basic|main|recursive|only) )*(?:plan|approach|idea|strategy|method|trick|way|key|
            step|task|job|move|thing|option|question now)\b"""),
    Cue("is to", "word", r"""
        (?:is|be|remains|helps?|easiest|useful|best|enough|idea|sense|want|going|like) to (?!be\b)[a-z]+
        suggests itself|right tool|should work|should do|is to\b|what's left is"""),
    Cue("first, then", "word", r"""
        first\b(?! \w+:)|then\b|next\b|after that|separately|one (?:by|after|at)|in turn|in order|step by step|
            afterwards
        before\b|the remaining|and see|work backwards|case by case|each (?:case|half|row|sentence)|
            i just need
        i want|need is|a matter of|rest is"""),
    Cue("let me", "word", r"""
        let me|let's|(?:i|we)'ll|(?:i|we) (?:can|could|should|will|might)\b|going to|i'd\b|would (?:be|
            help)"""),
    # -- another approach, doubt, an error
    Cue("new start", "opening", r"""
        (?:but )?(?:maybe |perhaps |so )?(?:(?:let me|let's|let us|we could|we should|we can|i could|i should|
            i'll|i'd rather|i) )?(?:just |better |instead )*(?:(?:start|begin) (?:over|again|afresh|fresh|anew)|
            (?:go|step|going) back|take a step back|do (?:it|this|that) (?:again|over|differently)|
            leave (?:that|this|it)\b|re-?(?:think|do|start|frame|visit|consider|work)\b|think (?:differently|
            of it as|about it (?:in|differently))|try (?:(?:it |this )?(?:the other|another|again|a different|
            an? (?:new|other)|something|differently))|switch|drop|forget|scrap|scratch|abandon|approach (?:this|
            it)|look at (?:it|this) (?:differently|from))"""),
    Cue("another way", "opening", r"""
        alternatively|instead\b|rather than\b|or (?:think|we)\b|other idea|on second thought
        (?:maybe |perhaps |let me |is there |there's |there is )*(?:try |use )?(?:an?(?:other)?|some|
            plan b)? ?(?:other|another|alternative|different|new|[a-z]+er|more [a-z]+) (?:idea|way|approach|
            thought|option|route|possibility|angle|method|plan|view|strategy)
        (?:maybe|perhaps) (?:it's |it is |it would be |there's |there is )?(?:an? )?(?:better|[a-z]+er (?:way|
            to)|smarter)
        new plan|(?:maybe|perhaps) (?:i|we) should|or (?:maybe|use|think|we)\b
        another (?:idea|way|approach|thought|option|route|possibility|angle|method)|or maybe"""),
    Cue("instead", "word", r"""
        instead|other (?:side|end|way|point)|from the beginning|back to the
        (?:[a-z]+er|different) (?:way|approach|idea|route|method)|rather than|in place of|from scratch"""),
    Cue("own mistake", "word", r"""
        (?:i|we)(?:'ve| have| had| may have| might have| must have| seem to have|'m| am| was| were)? ?(?:just |
            also |wrongly |only )*(?:forg[eo]t(?:ten)?|missed|missing|mixed|confused|mis\w+|overlooked|skipped|
            ignored|assumed|assuming|swapped|messed|made an? (?:mistake|error|slip)|dropped|lost|been|double|
            over\w+ing|never|counted|used|wrong|off by|treated?|copied|mean|had it|keep|left (?:it|this|
            that) out)\b
        my (?:mistake|bad|previous|first|last|old|assumption|proof|estimate)|sorry|should(?:n't)? have|
            did i\b"""),
    Cue("mistake", "word", r"""
        mistake|error\b|slip\b|contradict\w*|conflicts?\b|violat\w+|dead end|flaw\w*|nonsense|trouble|
            nowhere
        circles|upside down|opposite of|detour|the same equation|no reason"""),
    Cue("wrong", "word", r"""
        wrong|incorrect|impossible|invalid|useless|false\b|absurd|inconsistent|messy|complicated|misread
        misunderst\w+|overcomplicat\w+
        not (?:possible|right|correct|good|helpful|allowed|what|quite|true|enough)
        isn't (?:right|correct|allowed|working|true|helpful|enough|stated|what)|too (?!is\b|was\b|
            are\b)[a-z]+\b
        off by|excluded|instead of|no sense|worse|fails?\b|failed|breaks|exceeds|is out\b|doubt"""),
    Cue("that is not", "opening", r"""
        (?:that|this|it|which|these|there)(?:'s|'d| is| was| would| can| does| did| will|) ?(?:[a-z]*n't|not|
            never|no|contradict\w*|impossible|too|wrong|violates|fails)\b
        (?:not|nope|too|impossible|never)\b|no,"""),
    Cue("does not work", "word", r"""
        (?:doesn't|does not|won't|didn't|don't|can't|couldn't|isn't) (?:seem to )?(?:lead|work|help|fit|hold|
            satisfy|match|make sense|add up|apply|be\b|divide|use|think)
        more than we|only (?:three|two|one|\d+)[.,]?$|and not\b|not the\b|isn't an?\b"""),
    Cue("however", "opening", r"""
        however|except|but what|what about|hmm|that(?:'d| would)|this (?:would|path|approach|gets)"""),
    Cue("negation", "word", r"(?:not|never|nothing|no|cannot|nobody|neither)\b|[a-z]+n't\b"),
    Cue("past tense", "word", r"(?:was|were|had|did|used|forgot|swapped|counted|messed|started|wanted)\b"),
    # -- checks
    Cue("check first", "opening", r"""
        (?:{LET} |i want |(?:we )?need to |quickly |quick |first |also |briefly |just |try to |to |as a |a |
            another |now )*{CHECK}"""),
    Cue("check", "word", r"""
        {CHECK}|as a check|see (?:if|whether) |go(?:ing)? (?:back )?(?:over|through) [^.]*again
        is (?:that|it|this) (?:right|true|really|consistent|plausible)"""),
    Cue("question with answer", "opening", r"""
        (?:but )?(?:is|are|was|were|does|do|did|can|could|would|should|have|has)\b[^?]*\? ?[^ ]"""),
    Cue("agreement", "word", r"(?:{AGREE})\b"),
    Cue("result that agrees", "word", r"""
        which (?:agrees|equals the|is (?:right|correct|the|also|what)|matches|fits|works)
        they (?:are equal|agree|match)
        so (?:the|our|it|that|this)[a-z ]* (?:is|was|are)? ?(?:right|hold|holds|correct|correctly \w+|stand|
            stands|works?|computed|agree)\b
        (?:gives|is|get|gets|equals?)(?: back)? [^ ]+ (?:too|as well)|nothing is missing|
            that's all of them
        both (?:sides|are)|left side"""),
    Cue("approval", "ending", r"""
        (?:[,.;:!?] ?|(?:that|which|this|they|it|both|all|indeed|seems?|is|are|still|sounds|looks) )(?:that's |
            that is |that |it |they |all |still |so |also |it's |i think |looks )*(?:yes|yep|good|great|fine|ok|
            okay|right|correct|perfect|true|not|no|so|nice|{AGREE})[^a-z]*$
        ✓"""),
    Cue("yes or no", "word", r"(?:yes|yep|ok|okay|good|fine|right|no|correct)[.,!;]"),
    # -- the end
    Cue("the answer", "opening", r"""
        (?:(?:the|my|our|final|correct|right|required|requested|best|short|complete|desired|
            wanted) )*{NOUN}\b(?! to\b)(?! (?:should|must|has))
        final\b|return [^ ]+|respond with|in conclusion|the \w+ (?:answer|result|solution|choice)\b"""),
    Cue("answer", "word", r"""
        answer|\\boxed|(?:option|choice) (?:is )?\(?[a-e]\b|final|i'll (?:say|go with|reply)
        (?:i'd|i would|i) (?:say|recommend|suggest)|going with|go with|give up|fix is|no solution|
            recommend
        asked for|we were asked"""),
    Cue("cannot be done", "opening", r"""
        (?:i|we)? ?(?:can't|cannot|couldn't)\b[^.]*, so|no (?:such|solution)|there is no such|i give up"""),
    Cue("done", "word", r"""
        done\b|confident|complete[sd]?\b|concludes?|solve[sd]\b|settles?\b|ready|finish(?:ed|es)
        that's (?:it|all)\b|all (?:the |four |three |of the )?(?:cases|clues|conditions)
        both (?:methods|directions)|taken together|putting|in total|altogether|combining|everything|proves
        satisfied|(?:nothing|no case) (?:is )?left|covers (?:both|all)|for every n|that's enough|holds for
        the only solution|the whole|we have the solution|i have all|q\.?e\.?d|good answer|complete list
        happy with|trust|(?:both|all) (?:routes|ways|cases) (?:give|lead|agree)|asked for is"""),
    Cue("write the answer", "word", r"""
        (?:write|present|give|state|produce|type|answer|reply|respond)(?: up| down| out)? ?(?:the|my|this|with|
            clearly|now|in|that)?\b"""),
    Cue("so the quantity", "start", r"""
        (?:so|thus|therefore|hence),? (?:the (?!other|inner|two|case|function|store|job|task|question|data|
            problem|loop|first|second|third|user|input|base)[a-z -]+ (?:is|are|should be|was|has|lives|comes|
            arrives)\b|it's|it is|it takes|he|she|they|[a-z]{3,} (?:is|has|pays|lives|gets|owns|wins|
            needs) )[^=:]*$"""),
    Cue("so there are", "start", r"""
        (?:so|thus|therefore|hence),? (?:there (?:are|is)|we (?:get|have|need)|it)[^=:]*$"""),
    # -- the problem
    Cue("the problem", "opening", r"""
        (?:(?:in|from) )?(?:the |this |my |our |your )?(?:problem|question|task|user|input|puzzle|exercise|
            prompt|statement|story|text|instructions?|request|person|game|options?|conditions?|function|goal|
            unknown|numbers|code|grid)s?\b(?! now)
        they (?:ask|want|give|tell|say|need)"""),
    Cue("asked", "word", r"""
        the (?:user|question|problem|task|text|statement|input)\b|asked|asks|(?:they|user|we) wants?\b|
            wanted
        given|told|says that|looking for|should (?:return|be)|allowed|we want\b|it says|the question|
            to simplify
        how (?:many|much)|prove\b|supposed|would like"""),
    Cue("given", "opening", r"""
        (?:we|i)(?: are|'re|'m| am|'ve been) (?:given|asked|told|looking)|given\b|suppose\b
        let [^ ]+(?: and [^ ]+)? be\b|let's (?:call|denote)|note that
        find (?:all|the (?:smallest|largest|number))\b|got it|what (?:do we|is (?:given|known|asked|
            wanted))
        it(?:'s| says| is) (?:about|that|asked)|here [a-z]+ [a-z]+ (?:are|is|stand)|here [a-z] is|how many
        for which"""),
    Cue("task", "opening", r"""
        (?:find|prove|solve|determine|evaluate|which is|how (?:much|many)|given|translate|we're to|
            i should return)\b"""),
    Cue("story", "word", r"""
        (?:rides?|costs?|fills?|empties|holds?|drinks?|sells?|buys?|pays?|earns?|shares?|starts? at|stands?|
            twice|together|each|per|further|times as|without replacement|no replacement|at most|between \d+|
            draws|workers|people|euros|km/h|older|younger|differ|characters|add up to)\b"""),
    Cue("formula", "sign", r"(?:^|[ (])[a-z]+\(?[a-z],? ?[a-z]?\)? ?[=+*/^-] ?[a-z(]"),
    Cue("read the problem", "opening", r"""
        (?:let me |let's |first,? )*(?:understand|read|re-?read|parse|restate|rephrase)\b"""),
    Cue("things", "opening", r"""
        (?:i|we)(?: now)? have (?:an?|two|three|four|five|six|ten|\d+|this|several) [a-z]+ [^=]*$
        there(?:'s| is| are) (?:an?|two|three|four|five|\d+) [a-z]+ (?:that|which|who|of|with|at|and)
        there(?:'s| is) an?\b"""),
    Cue("person", "opening", r"""
        (?:an?|two|three|four|five|six|ten|\d+) [a-z]+ (?:people|has|have|stands?|sits?|share|sells?|leans?|
            leaves|starts?|play)?
        [a-z]+ (?:says|claims|is (?:to the|left|next|older)|sits|lives in|can paint)"""),
    Cue("question", "ending", r"\?['\"]?$"),
    # -- summaries and wonder
    Cue("summary", "opening", r"""
        (?:let me |let's |to |here's |here is )*(?:recap|summari[sz]e|sum up|take stock|collect(?:ed)?)
        (?:so )?far\b|up to (?:now|here)|here's what|what (?:we|i)(?:'ve| have| know)|what's (?:known|
            left)
        what remains|at this (?:point|stage)|in (?:short|summary|brief)|summary|status|state\b|current|
            these are
        known so far|overview|remaining:|altogether we|still (?:open|missing)|the (?:table|board|grid) now"""),
    Cue("known now", "opening", r"""
        (?:i|we)(?:'ve got| now have| have| know| got)(?: now)? (?:that|the|all|two|both|how|a lot|now)\b"""),
    Cue("unsure", "opening", r"""
        let me think(?:$|[.…]| about (?:this|it|that)\b| again| for a)
        (?:i'm|i am) (?:a bit |a little |still |not so |not quite |not )*(?:un)?(?:confused|sure|certain|
            clear)
        not (?:entirely |quite |really )?(?:sure|clear)|i wonder
        i don't (?:know|quite|see|get|remember|understand)|it(?:'s| is|) ?(?:not|isn't|unclear|ambiguous|
            hard)
        unclear|hard to|interesting|strange|odd\b|tricky
        (?:this|that)(?:'s| is| one is) (?:an? )?(?:bit |little |very )?(?:confusing|tricky|odd|weird|strange|
            hard|interesting)"""),
    Cue("maybe", "word", r"""
        maybe|perhaps|unclear|clear (?:whether|if|what)|wonder|ambiguous|confus\w+|tricky
        mean(?:s|t)? (?:by|the)|(?:don't|not) (?:know|remember|sure|quite|settle)|doesn't (?:tell|say|
            settle)
        silent|carefully|(?:they|text) don't|strange|odd|hard|could be|in two ways|isn't (?:stated|clear)
        wording"""),
    # -- facts
    Cue("law", "opening", r"""
        (?:by )?(?:the |an? )?[a-z' -]*\b(?:formula|theorem|law|identity|rule|inequality|principle|definition|
            lemma|property)\b(?:[^=]* (?:says?|gives?|is|states?|tells)\b|:)
        [a-z]+ in \w+:[ ]"""),
    Cue("remember", "opening", r"""
        (?:i|we|as we|as i|as far as i|from \w+ i) (?:also )?(?:know|remember|recall|learned)\b|remember|
            recall
        by definition|known\b|generally|usually|typically|it is well known"""),
    Cue("all or any", "opening", r"""
        (?:an?|any|every|each|no|all|most|for (?:any|all|every|an?)) [a-z]+ [^=]*\b(?:is|are|has|have|means|
            consists|contains|needs?|always|involves|adds?)\b
        in (?:most|general|python|a|an|the|many)\b|if an?\b"""),
    Cue("property of", "opening", r"""
        the [a-z0-9'() -]+ (?:of|in|to|between) (?:an?|two|any|every|n|the (?:first n|angles|squares|digits)|
            [a-z]+)\b[^=]* (?:is|are|equals|has|add)\b"""),
    # -- the work
    Cue("verb with -ing", "opening", r"(?:by )?{ING}\b|add\b"),
    Cue("if or since", "opening", r"""
        if\b|when\b|with\b|since\b|because\b|case\b|assum|at [^ ]+ =|by\b|from\b|after\b|for [a-z] =|
            for the\b
        draft|line\b|row\b|trying|case"""),
    Cue("it follows", "opening", r"""
        it follows|which (?:gives|means|leaves)|(?:this|that) (?:gives|means|tells|shows|implies|leaves|
            makes)
        we (?:conclude|may assume|get|obtain)\b[^=]*$"""),
    Cue("equals sign", "sign", r"=|≈|≤|≥|→|->"),
    Cue("number first", "opening", r"[-$(]?\d|[a-z](?:\(\w\))? ?[=+*/^-]|[a-z]{1,4}\("),
    Cue("arithmetic", "sign", r"\d ?[-+*/^×<>] ?\d|\d (?:plus|minus|times|divided by|mod|over)[ ]"),
    Cue("digit", "sign", r"\d"),
    Cue("equals a number", "word", r"""
        (?:is|equals|gives|makes|becomes|leaves|yields|needs|takes|remains?|get|covers|are|only|to) (?:about |
            roughly |only |just |at most )?-?\$?\d"""),
    Cue("so in the middle", "sign", r"[,;] (?:so|hence|thus|therefore|that's|that is|which|because|since)\b"),
    Cue("first person", "word", r"(?:i|we|my|our|me|us)\b"),
    Cue("one letter", "sign", r"(?<![a-z'])[b-hj-z](?![a-z'])"),
    Cue("it or that", "opening", r"(?:this|that|it|which)(?:'s|\b)"),
    Cue("five words at most", "sign", r"^[^ ]*(?: [^ ]+){0,4}$"),
    Cue("colon", "sign", r": |;"),
    Cue("quotation mark", "sign", r'"|`'),
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
