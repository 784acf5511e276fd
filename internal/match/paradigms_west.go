package match

// The paradigms of Polish, Czech, Slovak, Slovenian and German, by ending of
// the dictionary form. Locatives that soften a consonant have lines of their
// own.

const paradigmsPl = `
: - a u owi em ie e y i ów om ami ach owie
k: k ka ku kowi kiem ki ków kom kami kach kowie cy
g: g ga gu gowi giem gi gów gom gami gach gowie dzy
ch: ch cha chu chowi chem chy chów chom chami chach chowie
r: r ra ru rowi rem rze ry rów rom rami rach rowie rzy
t: t ta tu towi tem cie ty tów tom tami tach towie ci
d: d da du dowi dem dzie dy dów dom dami dach dowie dzi
ł: ł ła łu łowi łem le ły łów łom łami łach łowie li
st: st sta stu stowi stem ście sty stów stom stami stach ści
l: l la lu lowi lem le li lów lom lami lach e a u
j: j ja ju jowi jem je ji i jów jom jami jach jowie ii
c: c ca cu cowi cem ce cy ców com cami cach cowie
cz: cz cza czu czowi czem cze czy czów czom czami czach
sz: sz sza szu szowi szem sze szy szów szom szami szach
rz: rz rza rzu rzowi rzem rze rzy rzów rzom rzami rzach
ż: ż ża żu żowi żem że ży żów żom żami żach
ń: ń nia niowi niem niu nie ni niów niom niami niach nią
ć: ć cia ciowi ciem ciu cie ci ciów ciom ciami ciach cią
ść: ść ści ścią ściom ściami ściach
ś: ś sia siowi siem siu sie si siów siom siami siach sią
ź: ź zia ziowi ziem ziu zie zi ziów ziom ziami ziach zią
ek: ek ka ku kowi kiem ki ków kom kami kach kowie eka ekiem ekowi
ec: ec ca cu cowi cem ce cy ców com cami cach cowie
niec: niec ńca ńcu ńcowi ńcem ńce ńcy ńców ńcom ńcami ńcach
a: a y ie e ę ą o i - om ami ach
ka: ka ki ce kę ką ko k ek kom kami kach
ga: ga gi dze gę gą go g gom gami gach
cha: cha chy sze chę chą cho ch chom chami chach
ra: ra ry rze rę rą ro r rom rami rach
ta: ta ty cie tę tą to t tom tami tach
da: da dy dzie dę dą do d dom dami dach
ła: ła ły le łę łą ło ł łom łami łach
sta: sta sty ście stę stą sto st stom stami stach ści
ia: ia ii i ię ią io ie iom iami iach iej ie
ja: ja ji ję ją jo je i jom jami jach yj ij
na: na ny nie nę ną no n nom nami nach nej ne nych nym nymi nego nemu ni
wa: wa wy wie wę wą wo w wom wami wach wej we wych wym wymi wego
ska: ska ski skiej sce ską skę skie skich skim skimi skiego skiemu scy
cja: cja cji cję cją cjo cje cjom cjami cjach
ca: ca cy cę cą co ce com cami cach ców
nia: nia ni nii nię nią nio nie ń niom niami niach
o: o a u em ie e - om ami ach owi ą y ę
ko: ko ka ku kiem k kom kami kach ce ki kowi ką kę
go: go ga gu giem g gom gami gach
to: to ta tu tem cie t tom tami tach
ło: ło ła łu łem le ł łom łami łach
stwo: stwo stwa stwu stwem stwie stw stwom stwami stwach
e: e a u em y i ów om ami ach ego emu ej ą ych ym ymi -
ie: ie ia iu iem i iom iami iach iego iemu im iej ią ich imi
nie: nie nia niu niem ń niom niami niach ni
cie: cie cia ciu ciem ć ciom ciami ciach
je: je i ji jom jami jach ja ję ją
cje: cje cji cjom cjami cjach cja cję cją
y: y ego emu ym a ej ą e ych ymi i ów om ami ach -
ny: ny nego nemu nym na nej ną ne nych nymi ni nów nom nami nach n
i: i iego iemu im a iej ą ie ich imi y ów om ami ach ia iom iami iach -
ki: ki kiego kiemu kim ka kiej ką kie kich kimi cy ków kom kami kach k
ski: ski skiego skiemu skim ska skiej ską skie skich skimi scy sko
anin: anin anina aninowi aninem aninie anie an anom anami anach
skij: skij skiego skiemu skim skijego skijemu
skyj: skyj skiego skiemu skim skyja skyjowi skyjem
cki: cki ckiego ckiemu ckim cka ckiej cką ckie ckich ckimi ccy cko
um: um a ów om ami ach
`

const paradigmsCs = `
: - a u ovi em e ě y i ů ům ech é ové ích ím ami om
k: k ka ku kovi kem ce ci ky ků kům cích ku kové
h: h ha hu hovi hem ze zi hy hů hům zích hové
ch: ch cha chu chovi chem še ši chy chů chům ších chové
g: g ga gu govi gem gy gů gům zích gové
r: r ra ru rovi rem ře ru ry rů rům rech ři rové
ek: ek ka ku kovi kem ce ci ky ků kům cích kové eka ekem
ec: ec ce ci cem cích ců cům cové
c: c ce ci cem cích ců cům
č: č če či čem čích čů čům
š: š še ši šem ších šů šům
ž: ž že ži žem žích žů žům
ř: ř ře ři řem řích řů řům
j: j je ji jem jích jů jům
l: l la lu lovi lem le li ly lů lům lech lích
ň: ň ně ni něm ních ňů ňům ní ním němi
ť: ť tě ti těm tích ťů ťům tí tím těmi
st: st sti stí stem stu sta sté ste stech stům stmi stí
a: a y ě e u o ou - ám ami ách é
ka: ka ky ce ku ko kou k ek kám kami kách
ha: ha hy ze hu ho hou h hám hami hách
cha: cha chy še chu cho chou ch chám chami chách
ga: ga gy ze gu go gou g gám gami gách
ra: ra ry ře ru ro rou r rám rami rách
o: o a u em ě e - ům y ech ovi ů
ko: ko ka ku kem k kům ky kách cích
ho: ho ha hu hem h
e: e i í ím emi ích ě - ete eti
ie: ie ii ií iím iemi iích
ce: ce ci cí cím cemi cích
ě: ě i í ím ěmi ích
í: í ím ích ími ího ímu
ý: ý ého ému ým ém á é ou í ých ými
ský: ský ského skému ským ském ská ské skou ští ských skými sko
cký: cký ckého ckému ckým ckém cká cké ckou čtí ckých ckými cko
á: á é ou ý ého ému ým ých ými
y: y ů ům ech - ám ami ách
yj: yj ého ému ým ém á é ou yjovi yje yjem
skyj: skyj ského skému ským ském skyjovi skyje skyjem
skij: skij ského skému ským ském skijovi skije skijem skijeho skijemu skijem
um: um a u em ech y
`

const paradigmsSk = `
: - a u ovi om e i y ov och mi ami ia iach
k: k ka ku kovi kom ky kov koch kmi ci
ch: ch cha chu chovi chom chy chov choch chmi
g: g ga gu govi gom gy gov goch gmi
h: h ha hu hovi hom hy hov hoch hmi
r: r ra ru rovi rom re ri ry rov roch rmi
ec: ec ca cu covi com ci cov coch cami
ok: ok ka ku kom ky kov koch oka oku okom
ek: ek ka ku kom ky kov koch eka eku ekom
ľ: ľ ľa ľu ľovi ľom li le ľov ľoch ľmi
l: l la lu lom li le ly lov loch ľa ľu ľom
č: č ča ču čom či če čov čoch
ň: ň ňa ňu ňom ni ne ňov ňoch ňou
sť: sť sti sťou stí stiam sťami stiach
ť: ť ti ťou tí tiam ťami tiach ťa ťu ťom
j: j ja ju jom ji je jov joch jmi i
a: a y e u ou o i - ám ami ách iam iach
ia: ia ie ii iu iou ií iám iami iách
nia: nia nie nii niu niou nií niám niami niách
ka: ka ky ke ku kou k iek kám kami kách
o: o a u om e - ám ami ách i
ska: ska sky ske sku skou skej ské ský ského skému ským skom skí ských skými sko
cka: cka cky cke cku ckou ckej cké cký ckého ckému ckým ckom ckí ckých ckými
ko: ko ka ku kom k kám kami kách
e: e a u om i í iam ami iach y
ie: ie ia iu ím í iam iami iach ií ii iou
ý: ý ého ému ým om á ej ú ou é í ých ými
ký: ký kého kému kým kom ká kej kú kou ké kí kých kými ko
skyj: skyj ského skému ským skom skyja skyjovi skyjom
skij: skij ského skému ským skom skija skijovi skijom
yj: yj ého ému ým om yja yjovi yjom
y: y ov om och - ám ami ách
á: á ej ú ou é ý ého ému ých ými
`

const paradigmsSl = `
: - a u om em i ov ev e ih ah ama oma
ec: ec ca cu cem cev ci ce cih cema
ek: ek ka ku kom kov ki ke kih koma eka eku ekom
en: en na nu nom nov ni ne nih nega nemu nim nem no nimi ena enu enom
er: er ra ru rom rov ri re rih era eru erom erja erju erjem
r: r ra ru rom rov ri re rih rja rju rjem rji rjev
j: j ja ju jem ji jev je jih jema
a: a e i o - am ami ah ama ama ov
ija: ija ije iji ijo ij ijam ijami ijah
ije: ije ij ija iji ijo ijam ijami ijah
elj: elj lja lju ljem lji ljev ljih
ka: ka ke ki ko k kam kami kah kih kega
ska: ska ske ski sko skih skim skimi skega skemu skem
o: o a u om em i ov ih e
sko: sko ska sku skim skem skega skemu skom
e: e a u em i ih ema - ev eja eju ejem ejev
je: je ja ju jem ji jih ij jev
i: i ega emu im em a e o ih imi ov om
ski: ski skega skemu skim skem ska ske sko skih skimi
o: o ta tu tom
ost: ost osti ostjo
t: t ta tu tom tov ti te tih
nost: nost nosti nostjo nostim nostih
v: v va vu vom vov vi ve vih
`

const paradigmsDe = `
: - s es e en er ern em n
e: e en es er em ern
er: er ers ern ere eren eres erer
r: r rs rn re ren res rer
el: el els eln
en: en ens
ung: ung ungen
ungen: ungen ung
ionen: ionen ion
heiten: heiten heit
keiten: keiten keit
schaften: schaften schaft
länder: länder ländern land landes
ion: ion ionen
heit: heit heiten
keit: keit keiten
schaft: schaft schaften
tät: tät täten
in: in innen ins
um: um ums en
a: a as en
i: i is
o: o os
u: u us
y: y ys
s: s ses sse ssen sen se
and: and ands andes ande
land: land lands landes lande länder ländern
isch: isch ische ischen ischer isches ischem
lich: lich liche lichen licher liches lichem
`
