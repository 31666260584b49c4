"""The points that each cue gives to each label, written by `python -m tests.bench.fit_step_kinds`. Do not edit."""

POINTS = """
cue                     answer    done   check   error new way    plan    work  result problem    fact summary   doubt
every step                  -3      -2      -3       .       .       3       1       .       3       8      -2      -1
wait                         .       .       1       9       .      -1      -1       .      -1      -2       .       1
no                           2       .      -1       5       .       .       .       .      -1      -1       .       .
hmm                         -1       .       .       8       .      -2      -2       .       1      -2       .       6
but                          .       .       2       7       .      -1      -2       .      -1      -1       .       .
so                           7       2      -1       .       .       .      -2      10       .      -5       3      -1
thus                        11       .       .      -1       .      -1      -2      11      -2      -3       .       .
then                         1       .      -1       2       .       1      -1       5      -1      -2       .       .
now                         -1       4       2       .       .       3       .       1      -2      -2       5       .
okay                         .       .      -2      -1       1       2      -2      -1       4      -2       1       1
let me first                 .       .       1      -4       1       2      -2      -3       1      -4      -2       .
need to                      .       .       1       1       .       4       .      -1       4      -2      -1       .
verb first                  -1       1      -1      -1       3       7       1      -1       1      -2      -1       1
next                         1       .       .       .       .       5      -2       .       1      -1       .       .
to do that                   .      -1       1       .       .       6      -1       .      -1      -1       .       .
plan                         .       .       .       1       .       6       .      -1      -1      -2      -1       .
is to                        .       .       1      -1       2       8      -1      -1       1      -2      -1       .
first, then                  .      -1       .       2      -1       5       5       2       1      -2       .       .
let me                       2       .       2      -1       3       6       .      -2      -3      -3       .       1
new start                   -1       .       .       2      10      -4       .       .      -1      -1       .       .
another way                  .       .       .       .      10      -1       .       .      -1      -2       .       .
instead                      .       .       1       .       7      -3       .       .      -1       .       .       .
own mistake                  .       .       .       9       .      -1       .       .      -2      -1       .      -1
mistake                      .       .       .       6       .       .      -2      -1       .       .       .       .
wrong                       -1       .       .       8       .       .       1       .      -1      -2       .       .
that is not                  .       .       .       3       .       .      -1       1       .       .       .       1
does not work                3      -1       .       4       .      -1       .       .       1       .       .      -1
however                      .       .      -1       2       .       1       .       .       .       .       .       .
negation                    -1      -2       .       5      -2      -3      -1       1       1       .       1       4
past tense                   2      -1       1       4       .      -1       .       .       1      -1       2      -1
check first                  .       .       6       1       .       .       .       .       .       .       .       .
check                       -1       .      10       .       .      -1      -2       1      -1      -1       .       .
question with answer         .       .       9      -3       .      -1       .       .      -1       .       .       4
agreement                   -2       1       7       1       .       .      -1       .      -2       1       .       .
result that agrees          -1       .       7       .       .       1      -1       .      -1      -2       .       .
approval                     .       .       6       .       .      -1      -3       2       1       1       .       1
yes or no                    1       4       6       2       1       .      -2      -1       .      -3      -1      -1
the answer                   8       .       .       .       .       .       .       .      -1      -1       .       .
answer                      10       4       1       3       .      -3      -1       .       .      -1       .       .
cannot be done               4      -1       .      -1       .       .       .       .       .       .       .       .
done                         1      13       .      -1       .       .      -2       .      -2      -3       .       .
write the answer             1       6       1       .      -2       .      -1      -1       2      -1       .       .
so the quantity              7       1       .       .       .       .      -1       2       .      -1       .       .
so there are                 3       .       .      -1       .       1       .      -1       .       .       1       .
the problem                  1       .      -1       .       .       2       1      -1       8      -3       .       .
asked                        2       .       3       .      -1       .      -4      -2       5      -4      -2       2
given                       -1       .       .       .       .      -1       .       .       8      -2       2       .
task                         .       .       .       .       .       .      -1       .       5      -1       .       .
story                        .       .      -1      -1      -2       .       .       1       4      -2       1      -2
formula                      1       .       2      -2       .      -1      -1       .       1       2       1       .
read the problem             .       .       .       .       .      -2       .       .       4       .       .       .
things                      -2       .       .       .       .       .       .      -1       7      -1       .       .
person                      -2       .       .       .       .      -1       .      -1       4       2      -1       .
question                    -1       .       .       .       .       .      -1       .       4      -2       .       4
summary                      1       1       .       .       .       .      -2      -1      -2      -2      11       .
known now                   -1       1       .      -1       .      -1       .      -1       .       .       5       .
unsure                       1       .       .       .       .      -2       .       .       .       .       .       8
maybe                        .      -1      -1       1       4       .      -2       .      -1      -2       .       7
law                          .       .       2       2       .       .      -3       .      -1       5      -1       .
remember                     .       .       .       .       .      -1      -1       .       .       6       3       .
all or any                   2       2       .      -1       .       1      -2       .       .       6       .      -1
property of                  .       .      -1       .       .      -2       .       1      -1       6       .       .
verb with -ing               .       1       .       .       .       .       4       .      -1       .       .       .
if or since                  .       1       3      -1       .       2       8      -1      -2       .       .       .
it follows                   3      -1       .      -1       .      -1      -1      10       .      -1       .       .
equals sign                 -1       2       3       .       .      -1       5      -2      -1       .       .       .
number first                 3       .       3       3       .      -1       4       .      -1       .      -1       .
arithmetic                  -2       2       3       1       .      -2       4       .       1      -1      -1       .
digit                        4      -2       1      -1      -3      -2       4       .       2       .       1      -4
equals a number              1       1       1      -2       .      -4       3      -1      -2       .       1      -2
so in the middle             1       .       3       3       .       1       4      -2      -1      -3      -2      -1
first person                 .       2       .       1      -1       1      -2      -2       .      -4       2       1
one letter                   .      -2      -1       .      -1       1       .       2       1       .       1      -2
it or that                   1       .       2       4      -1      -1       .       1      -1      -5      -1       1
five words at most           3       2       .       .       .      -1      -3       .      -3       .      -3       3
colon                        1      -1       4      -1       1       .       1      -3       .      -1       5      -1
quotation mark               5       .      -1      -1      -1      -2       6      -1       1       .       1       4
"""
