// Written by generate_contract.py from labkit/traces/step_kind_cues.py and labkit/traces/step_kinds.py. Do not edit.

export const [LENGTH, ENDING] = [240, 60];

/** The words at the beginning of a step that say little. */
export const LEAD = "(?:(?:okay|ok|alright|all right|right|so|now|well|and|then|thus|therefore|hence|consequently|good|great|perfect|yes|yeah|oh|ah|ugh|hmm+|hm|but|or|actually|also|oops|basically|indeed|let's see|let me see|no(?=[,.!]|wait)|wait(?: a (?:second|minute|moment))?|hold on(?: a (?:second|minute|moment))?|hang on)(?:[,.!:;\u2026\\-]+ ?| |$))*";

/** The kind of each label. */
export const KINDS: readonly string[] = ["end", "end", "check", "back", "back", "plan", "try", "try", "other", "other", "other", "other"];

/** The points of each label without a cue. */
export const EVERY_STEP: readonly number[] = [-3, -2, -3, 0, 0, 3, 1, 0, 3, 8, -2, -1];

/** The place and the pattern of each cue, and its points for each label: m is 0, n is 1, l is -1. */
export const CUES: readonly (readonly [string, string, string])[] = [
  ["lead", "wait|hold on|hang on|oops|ugh", "mmnvmllmlkmn"],
  ["lead", "\\bno\\b", "omlrmmmmllmm"],
  ["lead", "hm|\\boh\\b|\\bah\\b", "lmmumkkmnkms"],
  ["lead", "but\\b", "mmotmlkmllmm"],
  ["lead", "\\bso\\b", "tolmmmkwmhpl"],
  ["lead", "thus|therefore|hence|consequently", "xmmlmlkxkjmm"],
  ["lead", "then", "nmlomnlrlkmm"],
  ["lead", "now", "lqommpmnkkrm"],
  ["lead", "ok|right|well|basically", "mmklnoklqknn"],
  ["opening", "(?:first(?:ly)?,? |next,? |perhaps |maybe |finally,? |after that,? |to [^,]*, |for [^,]*, |since [^,]*, |before [^,]*, )*(?:(?:let me|let's|let us|(?:i|we)(?:'ll| will|'d| would| can| could| should| might| may| want to| have to| need to|'m going to|'d like to)|worth|time to|just to)|it would|better to|i plan to)\\b(?! (?:have|get|be)\\b)", "mmninokjnikm"],
  ["opening", "(?:(?:i|we|you)(?: now| first| just| also)? |all (?:i|we) )?(?:need|have to|has to|want to)\\b|(?:i'm|we're) supposed to|what i need", "mmnnmqmlqklm"],
  ["opening", "(?:first(?:ly)?,? |next[,:]? |step \\w+[:.] ?|then,? |just |maybe |perhaps )*(?:set up|set|consider|start|begin|look|search|try|draw|write|break|split|sort|list|count|find|get|bring|see|turn|read|compute|calculate|apply|use|solve|work|handle|express|convert|define|choose|pick|treat|rewrite|simplify|eliminate|figure|estimate|factor|group|keep|take|make|build|model|compare|do|go|outline|sketch|introduce|multiply|add|subtract|divide|determine|replace|expand|integrate|differentiate|enumerate|minimi[sz]e|maximi[sz]e|decide|show|prove|produce|explain|fix|fill|put|plug|substitute|combine)\\b(?! =)", "lnllptnlnkln"],
  ["opening", "first(?:ly)?\\b(?! \\w+:)|next\\b|step \\w+[:.]|after that|from here|finally|before\\b|for (?:the|part|this) [a-z]+,? (?:i|we)\\b|now on to", "nmmmmrkmnlmm"],
  ["opening", "to [a-z]+ [^=]*\\b(?:i|we|let|bring|use)\\b|in order to", "mlnmmslmllmm"],
  ["opening", "(?:i think )?(?:(?:the|my|a|an|one|our|what|good|natural|easiest|best|simple|simplest|obvious|next|first|remaining|basic|main|recursive|only) )*(?:plan|approach|idea|strategy|method|trick|way|key|step|task|job|move|thing|option|question now)\\b", "mmmnmsmllklm"],
  ["word", "(?<![a-z])(?:(?:is|be|remains|helps?|easiest|useful|best|enough|idea|sense|want|going|like) to (?!be\\b)[a-z]+|suggests itself|right tool|should work|should do|is to\\b|what's left is)", "mmnloullnklm"],
  ["word", "(?<![a-z])(?:first\\b(?! \\w+:)|then\\b|next\\b|after that|separately|one (?:by|after|at)|in turn|in order|step by step|afterwards|before\\b|the remaining|and see|work backwards|case by case|each (?:case|half|row|sentence)|i just need|i want|need is|a matter of|rest is)", "mlmolrronkmm"],
  ["word", "(?<![a-z])(?:let me|let's|(?:i|we)'ll|(?:i|we) (?:can|could|should|will|might)\\b|going to|i'd\\b|would (?:be|help))", "omolpsmkjjmn"],
  ["opening", "(?:but )?(?:maybe |perhaps |so )?(?:(?:let me|let's|let us|we could|we should|we can|i could|i should|i'll|i'd rather|i) )?(?:just |better |instead )*(?:(?:start|begin) (?:over|again|afresh|fresh|anew)|(?:go|step|going) back|take a step back|do (?:it|this|that) (?:again|over|differently)|leave (?:that|this|it)\\b|re-?(?:think|do|start|frame|visit|consider|work)\\b|think (?:differently|of it as|about it (?:in|differently))|try (?:(?:it |this )?(?:the other|another|again|a different|an? (?:new|other)|something|differently))|switch|drop|forget|scrap|scratch|abandon|approach (?:this|it)|look at (?:it|this) (?:differently|from))", "lmmowimmllmm"],
  ["opening", "alternatively|instead\\b|rather than\\b|or (?:think|we)\\b|other idea|on second thought|(?:maybe |perhaps |let me |is there |there's |there is )*(?:try |use )?(?:an?(?:other)?|some|plan b)? ?(?:other|another|alternative|different|new|[a-z]+er|more [a-z]+) (?:idea|way|approach|thought|option|route|possibility|angle|method|plan|view|strategy)|(?:maybe|perhaps) (?:it's |it is |it would be |there's |there is )?(?:an? )?(?:better|[a-z]+er (?:way|to)|smarter)|new plan|(?:maybe|perhaps) (?:i|we) should|or (?:maybe|use|think|we)\\b|another (?:idea|way|approach|thought|option|route|possibility|angle|method)|or maybe", "mmmmwlmmlkmm"],
  ["word", "(?<![a-z])(?:instead|other (?:side|end|way|point)|from the beginning|back to the|(?:[a-z]+er|different) (?:way|approach|idea|route|method)|rather than|in place of|from scratch)", "mmnmtjmmlmmm"],
  ["word", "(?<![a-z])(?:(?:i|we)(?:'ve| have| had| may have| might have| must have| seem to have|'m| am| was| were)? ?(?:just |also |wrongly |only )*(?:forg[eo]t(?:ten)?|missed|missing|mixed|confused|mis\\w+|overlooked|skipped|ignored|assumed|assuming|swapped|messed|made an? (?:mistake|error|slip)|dropped|lost|been|double|over\\w+ing|never|counted|used|wrong|off by|treated?|copied|mean|had it|keep|left (?:it|this|that) out)\\b|my (?:mistake|bad|previous|first|last|old|assumption|proof|estimate)|sorry|should(?:n't)? have|did i\\b)", "mmmvmlmmklml"],
  ["word", "(?<![a-z])(?:mistake|error\\b|slip\\b|contradict\\w*|conflicts?\\b|violat\\w+|dead end|flaw\\w*|nonsense|trouble|nowhere|circles|upside down|opposite of|detour|the same equation|no reason)", "mmmsmmklmmmm"],
  ["word", "(?<![a-z])(?:wrong|incorrect|impossible|invalid|useless|false\\b|absurd|inconsistent|messy|complicated|misread|misunderst\\w+|overcomplicat\\w+|not (?:possible|right|correct|good|helpful|allowed|what|quite|true|enough)|isn't (?:right|correct|allowed|working|true|helpful|enough|stated|what)|too (?!is\\b|was\\b|are\\b)[a-z]+\\b|off by|excluded|instead of|no sense|worse|fails?\\b|failed|breaks|exceeds|is out\\b|doubt)", "lmmummnmlkmm"],
  ["opening", "(?:that|this|it|which|these|there)(?:'s|'d| is| was| would| can| does| did| will|) ?(?:[a-z]*n't|not|never|no|contradict\\w*|impossible|too|wrong|violates|fails)\\b|(?:not|nope|too|impossible|never)\\b|no,", "mmmpmmlnmmmn"],
  ["word", "(?<![a-z])(?:(?:doesn't|does not|won't|didn't|don't|can't|couldn't|isn't) (?:seem to )?(?:lead|work|help|fit|hold|satisfy|match|make sense|add up|apply|be\\b|divide|use|think)|more than we|only (?:three|two|one|\\d+)[.,]?$|and not\\b|not the\\b|isn't an?\\b)", "plmqmlmmnmml"],
  ["opening", "however|except|but what|what about|hmm|that(?:'d| would)|this (?:would|path|approach|gets)", "mmlomnmmmmmm"],
  ["word", "(?<![a-z])(?:(?:not|never|nothing|no|cannot|nobody|neither)\\b|[a-z]+n't\\b)", "lkmrkjlnnmnq"],
  ["word", "(?<![a-z])(?:(?:was|were|had|did|used|forgot|swapped|counted|messed|started|wanted)\\b)", "olnqmlmmnlol"],
  ["opening", "(?:(?:let me|let's|let us|(?:i|we)(?:'ll| will|'d| would| can| could| should| might| may| want to| have to| need to|'m going to|'d like to)|worth|time to|just to) |i want |(?:we )?need to |quickly |quick |first |also |briefly |just |try to |to |as a |a |another |now )*(?:double[- ]?check(?:ing)?|check(?:ing|s)?\\b|verify(?:ing)?|verification|confirm(?:ing)?|validat(?:e|ing)|re-?check(?:ing)?|cross-?check|sanity|test(?:ing)?\\b|(?:make|be|being) (?:quite |very |absolutely )?(?:sure|certain|safe|careful)|re-?verify|compar(?:e|ed|ing) (?:this|that|it|with|my|the result)|compare:|plug(?:ging)? [^.]*back|substitut(?:e|ing) back|re-?calculate|re-?compute|re-?count|once more|reality check|second method|counting again|by hand|trace the|for safety|certain\\b|a quick look|once more|the right size|plug [^.]* in\\b)", "mmsnmmmmmmmm"],
  ["word", "(?<![a-z])(?:(?:double[- ]?check(?:ing)?|check(?:ing|s)?\\b|verify(?:ing)?|verification|confirm(?:ing)?|validat(?:e|ing)|re-?check(?:ing)?|cross-?check|sanity|test(?:ing)?\\b|(?:make|be|being) (?:quite |very |absolutely )?(?:sure|certain|safe|careful)|re-?verify|compar(?:e|ed|ing) (?:this|that|it|with|my|the result)|compare:|plug(?:ging)? [^.]*back|substitut(?:e|ing) back|re-?calculate|re-?compute|re-?count|once more|reality check|second method|counting again|by hand|trace the|for safety|certain\\b|a quick look|once more|the right size|plug [^.]* in\\b)|as a check|see (?:if|whether) |go(?:ing)? (?:back )?(?:over|through) [^.]*again|is (?:that|it|this) (?:right|true|really|consistent|plausible))", "lmwmmlknllmm"],
  ["opening", "(?:but )?(?:is|are|was|were|does|do|did|can|could|would|should|have|has)\\b[^?]*\\? ?[^ ]", "mmvjmlmmlmmq"],
  ["word", "(?<![a-z])(?:(?:(?:match(?:es|ed)?|agrees?|consistent|holds?|works?(?: out)?|fits?|satisf(?:y|ies|ied)|equal|(?:the )?same(?: \\w+)?|stands|plausible|reasonable|makes sense|met|as (?:\\w+ )?(?:expected|required|stated|should(?: be)?|hoped|claimed|wanted|needed|well|says|states|given)|checks out|no problem|good enough))\\b)", "kntnmmlmknmm"],
  ["word", "(?<![a-z])(?:which (?:agrees|equals the|is (?:right|correct|the|also|what)|matches|fits|works)|they (?:are equal|agree|match)|so (?:the|our|it|that|this)[a-z ]* (?:is|was|are)? ?(?:right|hold|holds|correct|correctly \\w+|stand|stands|works?|computed|agree)\\b|(?:gives|is|get|gets|equals?)(?: back)? [^ ]+ (?:too|as well)|nothing is missing|that's all of them|both (?:sides|are)|left side)", "lmtmmnlmlkmm"],
  ["ending", "(?:[,.;:!?] ?|(?:that|which|this|they|it|both|all|indeed|seems?|is|are|still|sounds|looks) )(?:that's |that is |that |it |they |all |still |so |also |it's |i think |looks )*(?:yes|yep|good|great|fine|ok|okay|right|correct|perfect|true|not|no|so|nice|(?:match(?:es|ed)?|agrees?|consistent|holds?|works?(?: out)?|fits?|satisf(?:y|ies|ied)|equal|(?:the )?same(?: \\w+)?|stands|plausible|reasonable|makes sense|met|as (?:\\w+ )?(?:expected|required|stated|should(?: be)?|hoped|claimed|wanted|needed|well|says|states|given)|checks out|no problem|good enough))[^a-z]*$|\u2713", "mmsmmljonnmn"],
  ["word", "(?<![a-z])(?:(?:yes|yep|ok|okay|good|fine|right|no|correct)[.,!;])", "nqsonmklmjll"],
  ["opening", "(?:(?:the|my|our|final|correct|right|required|requested|best|short|complete|desired|wanted) )*(?:answer|result|solution|output|reply|conclusion|recommendation|choice|verdict|response)\\b(?! to\\b)(?! (?:should|must|has))|final\\b|return [^ ]+|respond with|in conclusion|the \\w+ (?:answer|result|solution|choice)\\b", "ummmmmmmllmm"],
  ["word", "(?<![a-z])(?:answer|\\\\boxed|(?:option|choice) (?:is )?\\(?[a-e]\\b|final|i'll (?:say|go with|reply)|(?:i'd|i would|i) (?:say|recommend|suggest)|going with|go with|give up|fix is|no solution|recommend|asked for|we were asked)", "wqnpmjlmmlmm"],
  ["opening", "(?:i|we)? ?(?:can't|cannot|couldn't)\\b[^.]*, so|no (?:such|solution)|there is no such|i give up", "qlmlmmmmmmmm"],
  ["word", "(?<![a-z])(?:done\\b|confident|complete[sd]?\\b|concludes?|solve[sd]\\b|settles?\\b|ready|finish(?:ed|es)|that's (?:it|all)\\b|all (?:the |four |three |of the )?(?:cases|clues|conditions)|both (?:methods|directions)|taken together|putting|in total|altogether|combining|everything|proves|satisfied|(?:nothing|no case) (?:is )?left|covers (?:both|all)|for every n|that's enough|holds for|the only solution|the whole|we have the solution|i have all|q\\.?e\\.?d|good answer|complete list|happy with|trust|(?:both|all) (?:routes|ways|cases) (?:give|lead|agree)|asked for is)", "nzmlmmkmkjmm"],
  ["word", "(?<![a-z])(?:(?:write|present|give|state|produce|type|answer|reply|respond)(?: up| down| out)? ?(?:the|my|this|with|clearly|now|in|that)?\\b)", "nsnmkmllolmm"],
  ["start", "(?:so|thus|therefore|hence),? (?:the (?!other|inner|two|case|function|store|job|task|question|data|problem|loop|first|second|third|user|input|base)[a-z -]+ (?:is|are|should be|was|has|lives|comes|arrives)\\b|it's|it is|it takes|he|she|they|[a-z]{3,} (?:is|has|pays|lives|gets|owns|wins|needs) )[^=:]*$", "tnmmmmlomlmm"],
  ["start", "(?:so|thus|therefore|hence),? (?:there (?:are|is)|we (?:get|have|need)|it)[^=:]*$", "pmmlmnmlmmnm"],
  ["opening", "(?:(?:in|from) )?(?:the |this |my |our |your )?(?:problem|question|task|user|input|puzzle|exercise|prompt|statement|story|text|instructions?|request|person|game|options?|conditions?|function|goal|unknown|numbers|code|grid)s?\\b(?! now)|they (?:ask|want|give|tell|say|need)", "nmlmmonlujmm"],
  ["word", "(?<![a-z])(?:the (?:user|question|problem|task|text|statement|input)\\b|asked|asks|(?:they|user|we) wants?\\b|wanted|given|told|says that|looking for|should (?:return|be)|allowed|we want\\b|it says|the question|to simplify|how (?:many|much)|prove\\b|supposed|would like)", "ompmlmikriko"],
  ["opening", "(?:we|i)(?: are|'re|'m| am|'ve been) (?:given|asked|told|looking)|given\\b|suppose\\b|let [^ ]+(?: and [^ ]+)? be\\b|let's (?:call|denote)|note that|find (?:all|the (?:smallest|largest|number))\\b|got it|what (?:do we|is (?:given|known|asked|wanted))|it(?:'s| says| is) (?:about|that|asked)|here [a-z]+ [a-z]+ (?:are|is|stand)|here [a-z] is|how many|for which", "lmmmmlmmukom"],
  ["opening", "(?:find|prove|solve|determine|evaluate|which is|how (?:much|many)|given|translate|we're to|i should return)\\b", "mmmmmmlmrlmm"],
  ["word", "(?<![a-z])(?:(?:rides?|costs?|fills?|empties|holds?|drinks?|sells?|buys?|pays?|earns?|shares?|starts? at|stands?|twice|together|each|per|further|times as|without replacement|no replacement|at most|between \\d+|draws|workers|people|euros|km/h|older|younger|differ|characters|add up to)\\b)", "mmllkmmnqknk"],
  ["sign", "(?:^|[ (])[a-z]+\\(?[a-z],? ?[a-z]?\\)? ?[=+*/^-] ?[a-z(]", "nmokmllmnonm"],
  ["opening", "(?:let me |let's |first,? )*(?:understand|read|re-?read|parse|restate|rephrase)\\b", "mmmmmkmmqmmm"],
  ["opening", "(?:i|we)(?: now)? have (?:an?|two|three|four|five|six|ten|\\d+|this|several) [a-z]+ [^=]*$|there(?:'s| is| are) (?:an?|two|three|four|five|\\d+) [a-z]+ (?:that|which|who|of|with|at|and)|there(?:'s| is) an?\\b", "kmmmmmmltlmm"],
  ["opening", "(?:an?|two|three|four|five|six|ten|\\d+) [a-z]+ (?:people|has|have|stands?|sits?|share|sells?|leans?|leaves|starts?|play)?|[a-z]+ (?:says|claims|is (?:to the|left|next|older)|sits|lives in|can paint)", "kmmmmlmlqolm"],
  ["ending", "\\?['\\\"]?$", "lmmmmmlmqkmq"],
  ["opening", "(?:let me |let's |to |here's |here is )*(?:recap|summari[sz]e|sum up|take stock|collect(?:ed)?)|(?:so )?far\\b|up to (?:now|here)|here's what|what (?:we|i)(?:'ve| have| know)|what's (?:known|left)|what remains|at this (?:point|stage)|in (?:short|summary|brief)|summary|status|state\\b|current|these are|known so far|overview|remaining:|altogether we|still (?:open|missing)|the (?:table|board|grid) now", "nnmmmmklkkxm"],
  ["opening", "(?:i|we)(?:'ve got| now have| have| know| got)(?: now)? (?:that|the|all|two|both|how|a lot|now)\\b", "lnmlmlmlmmrm"],
  ["opening", "let me think(?:$|[.\u2026]| about (?:this|it|that)\\b| again| for a)|(?:i'm|i am) (?:a bit |a little |still |not so |not quite |not )*(?:un)?(?:confused|sure|certain|clear)|not (?:entirely |quite |really )?(?:sure|clear)|i wonder|i don't (?:know|quite|see|get|remember|understand)|it(?:'s| is|) ?(?:not|isn't|unclear|ambiguous|hard)|unclear|hard to|interesting|strange|odd\\b|tricky|(?:this|that)(?:'s| is| one is) (?:an? )?(?:bit |little |very )?(?:confusing|tricky|odd|weird|strange|hard|interesting)", "nmmmmkmmmmmu"],
  ["word", "(?<![a-z])(?:maybe|perhaps|unclear|clear (?:whether|if|what)|wonder|ambiguous|confus\\w+|tricky|mean(?:s|t)? (?:by|the)|(?:don't|not) (?:know|remember|sure|quite|settle)|doesn't (?:tell|say|settle)|silent|carefully|(?:they|text) don't|strange|odd|hard|could be|in two ways|isn't (?:stated|clear)|wording)", "mllnqmkmlkmt"],
  ["opening", "(?:by )?(?:the |an? )?[a-z' -]*\\b(?:formula|theorem|law|identity|rule|inequality|principle|definition|lemma|property)\\b(?:[^=]* (?:says?|gives?|is|states?|tells)\\b|:)|[a-z]+ in \\w+:[ ]", "mmoommjmlrlm"],
  ["opening", "(?:i|we|as we|as i|as far as i|from \\w+ i) (?:also )?(?:know|remember|recall|learned)\\b|remember|recall|by definition|known\\b|generally|usually|typically|it is well known", "mmmmmllmmspm"],
  ["opening", "(?:an?|any|every|each|no|all|most|for (?:any|all|every|an?)) [a-z]+ [^=]*\\b(?:is|are|has|have|means|consists|contains|needs?|always|involves|adds?)\\b|in (?:most|general|python|a|an|the|many)\\b|if an?\\b", "oomlmnkmmsml"],
  ["opening", "the [a-z0-9'() -]+ (?:of|in|to|between) (?:an?|two|any|every|n|the (?:first n|angles|squares|digits)|[a-z]+)\\b[^=]* (?:is|are|equals|has|add)\\b", "mmlmmkmnlsmm"],
  ["opening", "(?:by )?(?:trying|computing|plugging|squaring|expanding|substituting|simplifying|multiplying|subtracting|adding|counting|dividing|factoring|solving|taking|using|applying|rearranging|differentiating|integrating|starting|setting|writing|moving|replacing)\\b|add\\b", "mnmmmmqmlmmm"],
  ["opening", "if\\b|when\\b|with\\b|since\\b|because\\b|case\\b|assum|at [^ ]+ =|by\\b|from\\b|after\\b|for [a-z] =|for the\\b|draft|line\\b|row\\b|trying|case", "mnplmoulkmmm"],
  ["opening", "it follows|which (?:gives|means|leaves)|(?:this|that) (?:gives|means|tells|shows|implies|leaves|makes)|we (?:conclude|may assume|get|obtain)\\b[^=]*$", "plmlmllwmlmm"],
  ["sign", "=|\u2248|\u2264|\u2265|\u2192|->", "lopmmlrklmmm"],
  ["opening", "[-$(]?\\d|[a-z](?:\\(\\w\\))? ?[=+*/^-]|[a-z]{1,4}\\(", "pmppmlqmlmlm"],
  ["sign", "\\d ?[-+*/^\u00d7<>] ?\\d|\\d (?:plus|minus|times|divided by|mod|over)[ ]", "kopnmkqmnllm"],
  ["sign", "\\d", "qknljkqmomni"],
  ["word", "(?<![a-z])(?:(?:is|equals|gives|makes|becomes|leaves|yields|needs|takes|remains?|get|covers|are|only|to) (?:about |roughly |only |just |at most )?-?\\$?\\d)", "nnnkmiplkmnk"],
  ["sign", "[,;] (?:so|hence|thus|therefore|that's|that is|which|because|since)\\b", "nmppmnqkljkl"],
  ["word", "(?<![a-z])(?:(?:i|we|my|our|me|us)\\b)", "momnlnkkmion"],
  ["sign", "(?<![a-z'])[b-hj-z](?![a-z'])", "mklmlnmonmnk"],
  ["opening", "(?:this|that|it|which)(?:'s|\\b)", "nmoqllmnlhln"],
  ["sign", "^[^ ]*(?: [^ ]+){0,4}$", "pommmljmjmjp"],
  ["sign", ": |;", "nlqlnmnjmlrl"],
  ["sign", "\"|`", "rmlllkslnmnq"],
];

/** The first words of a line of R1-mini, and its kind. */
export const LINE_OPENINGS: readonly (readonly [string, string])[] = [
  ["first ", "plan"],
  ["now ", "plan"],
  ["go back", "back"],
  ["check", "check"],
  ["give up", "end"],
];
