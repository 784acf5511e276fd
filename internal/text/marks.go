package text

// loneMarks are phrases that hardly stand in a news sentence: the publisher
// speaks to the reader about itself.
const loneMarks = `
your support helps us
your support makes all the difference
your support makes
your support allows us
your support powers
your donation allows us
your donation helps
your donation will
your contribution helps
your contribution will
your generosity
with your support we
we need your support
we need your help
support our journalism
support our work
support our reporting
support independent journalism
support quality journalism
support the journalism
fund our journalism
our journalism is free
journalism free for everyone
keep our journalism
help us continue
help us keep
help keep our
make a donation today
make a donation now
make a contribution
make a tax deductible
please consider donating
please consider making
please consider supporting
consider making a donation
consider supporting us
consider becoming a
become a member today
become a supporter
become a subscriber
become a patron
chip in today
donate today
donate now
from as little as
powered by our readers
funded by readers
reader funded
reader supported
supported by our readers
sign up for our newsletter
sign up to our newsletter
sign up for our newsletters
sign up for our daily
sign up for our weekly
sign up for our free
sign up to our free
sign up for the newsletter
sign up for a free
sign up to receive
sign up here
subscribe to our newsletter
subscribe to our
subscribe to continue
subscribe now
subscribe today
subscribe here
already a subscriber
already a member
log in to continue
register to continue
create a free account
get the latest news delivered
delivered to your inbox
delivered straight to your inbox
straight to your inbox
in your inbox
follow us on
like us on facebook
join our telegram
join us on telegram
join our channel
join our whatsapp
follow our telegram
download our app
get our app
download the app
turn on notifications
this site uses cookies
this website uses cookies
we use cookies
we and our partners
accept all cookies
cookie policy
manage your cookie
privacy policy and terms
by continuing to use this
by signing up you
you can unsubscribe
all rights reserved
this material may not be published
click here to subscribe
click here to donate
to read the full
read the full article
continue reading
this story is free
ad free experience
first appeared on
appeared first on
підтримайте нас
підтримати нас
підтримайте нашу роботу
підтримайте редакцію
підтримай нас
приєднуйтесь до нашого
приєднуйтесь до наших
підписуйтесь на наш
підписуйтеся на наш
підписуйтесь на нас
підписатися на нас
читайте нас у
ваш донат
станьте нашим спонсором
поддержите нас
поддержите нашу работу
поддержите редакцию
поддержать нас
подписывайтесь на наш
подписывайтесь на нас
подпишитесь на наш
присоединяйтесь к нашему
читайте нас в
ваше пожертвование
оформите пожертвование
wspieraj nas
wesprzyj nas
zapisz sie na nasz
zapisz sie do naszego
subskrybuj nasz
twoje wsparcie
podporte nas
predplatte si
prihlaste se k odberu
podporite nas
prihlaste sa na odber
narocite se na
podprite nas
подкрепете ни
абонирайте се за
последвайте ни
unterstutzen sie uns
unterstutzen sie unsere
ihre spende
ihre unterstutzung hilft
jetzt spenden
jetzt abonnieren
abonnieren sie unseren
melden sie sich fur unseren
newsletter anmelden
wir verwenden cookies
soutenez nous
soutenez notre
faites un don
abonnez vous
inscrivez vous a notre
votre soutien
nous utilisons des cookies
apoya nuestro
haz una donacion
suscribete a nuestro
utilizamos cookies
sostieni il
iscriviti alla nostra
`

// weakMarks belong to appeals too but may stand in news: they widen an appeal
// that a lone mark has shown, and say nothing by themselves.
const weakMarks = `
your donation
your support
quality journalism
independent journalism
paid for by those who can afford it
available to everyone
paywall
paywalls
donate
our journalists
our reporters
our reporting
our newsroom
our readers
trusted by
tell the story
both sides of the story
subscribe
newsletter
our mission
tax deductible
cookies
monthly or annual
cancel anytime
terms and conditions
privacy policy
`
