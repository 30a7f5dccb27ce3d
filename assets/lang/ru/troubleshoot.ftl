### Диагностика: лестница к тому, что видят клиенты, и подробности одной ступени.

screen-troubleshoot = Диагностика
screen-evidence = Подробности
key-why = диагностика
key-why-purchase = почему
key-again = снова отсюда
key-evidence = подробности
key-report = отчёт
help-why = искать причину шаг за шагом, начиная с выбранного
help-why-purchase = проверить шаг за шагом панель, с которой его ссылки
help-again = проверить ещё раз, начиная с этой ступени
help-evidence = что на этой ступени спросили и что получили в ответ
help-copy-fix = скопировать команду, которая это исправит
help-report = записать найденное в новый файл, без секретов
note-fix-copied = что делать — скопировано, если терминал разрешает программам копировать
public-path = путь клиентов
copies-it = { $key } копирует

rung-settings = настройки
rung-database = база данных
rung-unit = служба
rung-process = процесс
rung-port = порт
rung-firewall = брандмауэр
rung-key = ключ
rung-endpoint = адрес
rung-panels = панели
rung-waiting = ещё нет
rung-passed = выше того, с чего начали
rung-broken-off = проверялось, когда всё прервалось
climb-not-asked = ещё никто не смотрел
climb-broken-off = прервано
climb-not-started = alamor check не запустился
climb-ended = alamor check закончился раньше времени, код { $code }

climb-killed = alamor check был убит до конца
climb-unreadable = строка { $line } ответа alamor check — не ступень

climb-too-long = alamor check не закончился за 30 с и был остановлен
evidence-looked = смотрел
evidence-took = за { $time }

evidence-asked = Спросили и получили
evidence-none = больше ничего не отмечено
evidence-measured = Измерено
