### Notes: the answers to keys and news.

note-list-not-read = список не прочитан: { $why }
note-items-not-read = покупки не прочитаны: { $why }
note-may-log-in = { $panel }: вход снова разрешён
note-nothing-changed = ничего не изменено: { $why }
note-another-kind = не запущено: идёт другое обновление, #{ $job }
note-not-started = не запущено: { $why }
note-cancelling = отменяем: начатое завершится
note-not-cancelled = не отменено: { $why }
somebody-else = кто-то другой
note-joined = обновление #{ $job } уже шло, запустил { $by }: вот оно
note-accepted = обновление #{ $job } принято; оно идёт и без этой консоли
note-restarted = ядро перезапущено: всё читается заново
note-missed = { $n ->
    [one] пропущено { $count } событие: списки читаются заново
    [few] пропущено { $count } события: списки читаются заново
    [many] пропущено { $count } событий: списки читаются заново
   *[other] пропущено { $count } события: списки читаются заново
}
note-ended = обновление #{ $job } закончено: покажет 3
note-asking = спрашиваем ядро
note-no-update = обновление не идёт
note-no-retry = повторять нечего
note-login-not-refused = вход в эту панель не отклоняли
note-stale = ядра не слышно: до связи ничего не меняем
note-stale-probe = ядра не слышно: проверять некому
note-in-the-way = идёт обновление #{ $job } от { $by }: дождитесь, или { $key } отменит
note-english-only = терминал показывает только ASCII (локаль не UTF-8): говорим по-английски
note-writing-list = список читается и записывается
note-read-only = эта консоль только смотрит: запущена с --read-only
note-nothing-listed = список пуст
note-not-revealed = не показано: { $why }
note-nothing-called-so = ничего так не называется
note-exported =
    { $n ->
        [one] { $count } покупка записана в { $path }
        [few] { $count } покупки записаны в { $path }
        [many] { $count } покупок записано в { $path }
       *[other] { $count } покупки записаны в { $path }
    }
note-not-written = ничего не записано: { $why }
note-copied =
    { $n ->
        [one] скопирован { $count } номер, если терминал это позволяет
        [few] скопированы { $count } номера, если терминал это позволяет
        [many] скопировано { $count } номеров, если терминал это позволяет
       *[other] скопировано { $count } номера, если терминал это позволяет
    }
note-export-instead = номера целого списка — в файл: для этого есть экспорт
note-stale-reveal = ядра не слышно: оно ничего не скажет
note-address-copied = адрес скопирован, если терминал это позволяет
note-command-copied = строка curl скопирована, если терминал это позволяет
