### Panels: their table, one of them, and the ladder to it.

panel-reachable = доступна
panel-unreachable = недоступна
panel-refuses = отказывает
panel-unusable = непригодна
panel-not-asked = не спрошена
panel-xray-down = Xray стоит
panel-no-login = нет входа
way-links = ссылки
way-learned = образец
way-per-client = клиенты
way-client = клиенты
way-subscription = свой id
way-links-in-full = ссылки: один запрос даёт все ссылки; проверяется при каждом большом обновлении
way-learned-in-full = образец: ссылки одного клиента служат образцом для всех; проверяется при каждом обновлении
way-per-client-in-full = клиенты: список говорит, кто есть кто, затем читается каждая подписка
way-subscription-in-full = свой id: читается подписка каждой покупки по id из бота
login-not-tried = не пробовали
login-password = пароль
login-token = токен
login-refused = отказ
login-no-api = нет API
login-not-tried-in-full = ещё никто не пробовал
login-password-in-full = логин и пароль приняты
login-token-in-full = токен API принят
login-refused-in-full = отказ: неверный логин, пароль или токен; не повторяется, пока они не изменятся или вы не скажете
login-no-api-in-full = известного нам API нет: панель другого вида или файл
login-said = вход: { $what }
xray-running = работает
xray-stopped = остановлен
xray-trouble = Xray { $state }
fallback = { $n ->
    [one] inbound { $inbound }: { $why }, { $count } покупка по одной
    [few] inbound { $inbound }: { $why }, { $count } покупки по одной
    [many] inbound { $inbound }: { $why }, { $count } покупок по одной
   *[other] inbound { $inbound }: { $why }, { $count } покупки по одной
}
rung-well = в порядке
rung-look = нужно взглянуть
rung-broken = не работает
rung-unmeasured = не измерено
below-why = из-за
below-do = что
fact-state = сост.
fact-panel = панель
fact-sold = продано
fact-address = адрес
fact-way = способ
fact-login = вход
fact-xray = Xray
fact-latency = отклик
fact-breaker = защита
fact-tls = TLS
fact-lists = списки
fact-by-client = отдельно
since = с { $at } ({ $age })
for-age = уже { $age }
make-unknown = вид ещё неизвестен
clients-listed = { $n ->
    [one] { $count } клиент в списке
    [few] { $count } клиента в списке
    [many] { $count } клиентов в списке
   *[other] { $count } клиента в списке
}
oldest-purchase = самая старая { $age }
with-older-links = { $count } со старыми ссылками
no-cheaper-way = дешевле нельзя: { $why }
xray-unknown = неизвестно
latency-median = { $time }, медиана последних ответов
latency-none = она ещё не отвечала
breaker-closed = закрыта: панель спрашивают
breaker-half-open = полуоткрыта: один вопрос покажет
breaker-open = открыта: панель не спрашивают
breaker-open-until = открыта: панель не спрашивают до { $at }
tls-none = нет: обычный HTTP
tls-verified = сертификат должен быть действителен
tls-not-verified-in-full = НЕ проверяется (PANEL_TLS_INSECURE): кто угодно посередине может подсунуть серверы
tls-not-verified = TLS не проверен
lists-not-read = ещё не читались: их читает обновление четырёх и более покупок
lists-read = { $n ->
    [one] прочитаны { $at } за { $time }, { $count } запрос помимо входа
    [few] прочитаны { $at } за { $time }, { $count } запроса помимо входа
    [many] прочитаны { $at } за { $time }, { $count } запросов помимо входа
   *[other] прочитаны { $at } за { $time }, { $count } запроса помимо входа
}
no-such-panel = в базе бота больше нет панели { $name }
no-panels = в базе бота нет панелей
probe = Проверка
probe-offer = { " " }проверит её шаг за шагом
probe-looking = смотрим, { $time }
panels-none-asked = { $count }, ещё не спрошены
panels-reachable = доступно { $up } из { $count }
panels-more = и ещё { $count }: покажет 4
not-asked-again-for = { $what }; следующий вопрос через { $time }
column-name = ИМЯ
column-make = ВИД
column-way = СПОСОБ
column-login = ВХОД
column-latency = ОТКЛИК
column-clients = КЛИЕНТ
column-sold = ПРОД.
column-state = СОСТОЯНИЕ
column-answer = ОТКЛИК
column-xray = XRAY
panel-login-refused = вход отклонён
panel-fresh = свежие
panel-nothing-fetched = ещё не читали
panel-kept = { $count } старых
serve-older-links = { $n ->
    [one] из-за неё { $count } покупка отдаёт старые ссылки
    [few] из-за неё { $count } покупки отдают старые ссылки
    [many] из-за неё { $count } покупок отдают старые ссылки
   *[other] из-за неё { $count } покупки отдают старые ссылки
}
login-may-be-retried = вход можно пробовать снова: это сделает следующее чтение или --probe сейчас
