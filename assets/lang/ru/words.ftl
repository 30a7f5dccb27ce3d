### Words of states, units and short names, shared by every screen.

unit-byte = Б
unit-kilobyte = кБ
unit-megabyte = МБ
unit-gigabyte = ГБ
unit-millisecond = мс
unit-second = с
unit-minute = мин
unit-hour = ч
unit-day = д
short-minute = м
short-hour = ч
short-day = д
percent = { $number } %
per-second = { $rate } /с
ago = { $age } назад
never = никогда
expired = истёк { $age }
none = нет
links = { $n ->
    [one] { $count } ссылка
    [few] { $count } ссылки
    [many] { $count } ссылок
   *[other] { $count } ссылки
}
purchases = { $n ->
    [one] { $count } покупка
    [few] { $count } покупки
    [many] { $count } покупок
   *[other] { $count } покупки
}
active-purchases = { $n ->
    [one] { $count } активная покупка
    [few] { $count } активные покупки
    [many] { $count } активных покупок
   *[other] { $count } активные покупки
}
panels = { $n ->
    [one] { $count } панель
    [few] { $count } панели
    [many] { $count } панелей
   *[other] { $count } панели
}
rungs = { $n ->
    [one] { $count } ступень
    [few] { $count } ступени
    [many] { $count } ступеней
   *[other] { $count } ступени
}
state-fresh = свежая
state-partial = частично
state-kept = старые
state-failed = сбой
state-never = не пробовали
state-disabled = выключена
state-off-there = откл. там
outcome-updated = обновлена
outcome-unchanged = прежняя
outcome-partial = частично
outcome-kept = старые
outcome-failed = сбой
outcome-open = в работе
job-queued = в очереди
job-running = идёт
job-done = готово
job-cancelled = отменено
job-stopped = остановлено защитой
job-failed = сбой
check-ok = ок
check-warn = ВНИМАНИЕ
check-crit = СБОЙ
check-unknown = неизвестно
check-not-tried = не проверялось
not-measured = не измерено
