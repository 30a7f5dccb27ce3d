### Экран журнала, `alamor logs` и сохранение экрана.

key-whole = целиком
key-level = уровень
key-wrap = перенос
key-other-log = другой
help-whole = показать запись целиком
help-level = только ошибки, ещё предупреждения, …, всё
help-wrap = переносить длинные записи или обрезать
help-other-log = журнал ядра или этой консоли
help-filter-logs = только записи с этим текстом; target:core::panels
help-save = сохранить экран: текст, текст с цветами или SVG
note-saved = сохранено в { $file }
note-not-saved = ничего не сохранено: { $why }
filter-log-fields = текст, panel=fr-2  target:core::panels
log-of-core = Журнал ядра
log-and-above = { $level } и важнее
log-being-read = читается
log-paused = пауза
log-paused-new = { $n ->
    [one] пауза, { $count } новая
    [few] пауза, { $count } новые
    [many] пауза, { $count } новых
   *[other] пауза, { $count } новых
}
log-missed = { $n ->
    [one] { $count } запись пропущена на этой линии
    [few] { $count } записи пропущены на этой линии
    [many] { $count } записей пропущено на этой линии
   *[other] { $count } записи пропущено на этой линии
}
log-empty = подходящих записей нет: выбирают l и /, а что вообще есть, решает LOG_LEVEL у ядра
ask-save = Сохранить этот экран?
save-where = в новый файл в папке, где запущен alamor
answer-as-text = текст
answer-as-ansi = текст с цветами
answer-as-svg = SVG
logs-missed = { $n ->
    [one] пропущена { $count } запись: читаем слишком медленно
    [few] пропущены { $count } записи: читаем слишком медленно
    [many] пропущено { $count } записей: читаем слишком медленно
   *[other] пропущено { $count } записи: читаем слишком медленно
}
logs-elsewhere = Что ядро сказало перед концом, есть в журнале системы: journalctl -u alamorwebhook
update-goes-on = обновление #{ $job } продолжается в ядре. Та же команда вернётся к нему, `alamor` его покажет, и там x отменит
update-not-begun = остановлено раньше, чем ядро начало обновление
