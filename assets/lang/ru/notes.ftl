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
note-in-the-way = идёт обновление #{ $job } от { $by }: дождитесь, или x отменит
note-english-only = терминал показывает только ASCII (локаль не UTF-8): говорим по-английски
