### Overview, and what is said before a core was heard.

connecting-to = подключаемся к { $url }
cure-service = запущена ли служба?
cure-serve = запустить ядро вручную:
cure-demo = посмотреть без ядра:
cure-behind = запущена ли служба за ним?
cure-which = какое ядро, задаёт:
cure-same-key = ключ должен быть один и тот же:
cure-restart = ядро читает его при запуске:
cure-key = создать ключ:
cure-port = кто занял порт?
core-url-setting = CORE_URL в файле настроек
admin-key-setting = ADMIN_API_KEY в файле настроек
core = Ядро
port = Порт
no-domain = нет WEBHOOK_DOMAIN
links-title = Ссылки
database = База
healthy = здорово
look-at = взгляните: { $what }
broken = сломано: { $what }
requests-rate = запр/с { $rate }
errors = ошибок { $share }
answers-at = { $address } отвечает
answered-at = { $address } отвечал
answers = отвечает
port-owner = владелец
port-public = снаружи
tls-issuer = издатель
tls-served = отдаётся
oldest = старшая { $age }
links-fresh = { $count } свежих
links-partial = { $count } частично
links-kept = { $count } старых
links-failed = { $count } со сбоем
links-never = { $count } не пробовали
links-off-there = { $count } откл. там
links-disabled = { $count } выключено

cure-ladder = искать причину шаг за шагом:
port-listening = { $address } слушает

public-answers = извне { $status } за { $time }

via = через { $what }

tls-valid = действует
tls-days-left = { $n ->
    [one] остался { $left } день из { $total }
    [few] осталось { $left } дня из { $total }
   *[other] осталось { $left } дней из { $total }
}

tls-time-left = осталось { $time }

tls-names-match = имена верны
tls-on-disk = на диске
tls-public = извне
tls-renewed = обновлён { $age } назад

changed = Новое
checks-title = Проверки
checks-broken = сломано { $count }

checks-look = под вопросом { $count }

checks-unknown = неизвестно { $count }

checks-ok = в порядке { $count }
